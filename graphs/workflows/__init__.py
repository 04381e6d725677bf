"""Workflows are steps that people defined and own; each has a package of its own.

``contract_review``, ``invoice_exception`` and ``refund`` ship, and ``engine`` runs them.
A workflow is a value, so others can be given to the assistant in their place.
"""
