"""The tools of the legal department, over the contract store and over contracts that people attach.

`contracts` reads and searches, `contract_review` reviews, and `contract_changes` adds notes, sets a status or sends a
contract for signature. `contract_analysis` reads each text once for all of them.
"""
