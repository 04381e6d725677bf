"""What is agreed with companies, and how it is said, asked for and changed.

Each list has four wordings: the first two are for tuning, the others held out.
``{c}`` is a company (or "they"), ``{w}`` a company or a description of one, ``{v}`` the value.
"""

from typing import NamedTuple


class Attribute(NamedTuple):
    """One thing that is agreed with a company."""

    values: tuple[str, ...]
    said: tuple[str, ...]
    asked: tuple[str, ...]
    nouns: tuple[str, ...]
    changed: tuple[str, ...]
    compared: tuple[str, ...] = ()


_SUMS = ("250,000 euro", "400,000 euro", "1 million euro", "75,000 euro", "2.5 million euro", "600,000 euro")
_CREDITS = ("1,240 euro", "310 euro", "5,600 euro", "872.50 euro", "2,090 euro", "145 euro")

ATTRIBUTES: dict[str, Attribute] = {
    "payment": Attribute(
        ("14 days", "30 days", "45 days", "60 days", "75 days", "90 days"),
        (
            "{c} agreed that we settle their bills within {v}.",
            "From this quarter {c} will see our transfers {v} after an invoice comes in.",
            "{c} accepted {v} until the money has to be on their account.",
            "After some grumbling {c} let us have {v} to wire what we owe.",
        ),
        (
            "How long may we take before paying {w}?",
            "What is the payment deadline for {w}?",
            "Which credit period do we enjoy with {w}?",
            "By when are invoices of {w} due?",
        ),
        ("the payment deadline", "the due date of invoices", "the credit period", "the terms of payment"),
        (
            "{c} rang again: we settle within {v} from now on, forget what I said before.",
            "Scrap the old figure, {c} only grants {v} before the transfer must go out.",
            "{c} went back on it, the money has to arrive after {v} instead.",
            "New mail from {c}: {v} to wire what we owe, the earlier promise is off.",
        ),
        (
            "Who lets us wait longer before we pay, {a} or {b}?",
            "Is the payment deadline shorter with {a} than with {b}?",
            "Which of {a} and {b} gives us the longer credit period?",
            "Are invoices due sooner at {a} or at {b}?",
        ),
    ),
    "notice": Attribute(
        ("three months", "six weeks", "one month", "ninety days", "half a year", "a fortnight"),
        (
            "If we ever want to leave {c}, they have to know {v} ahead.",
            "{c} wants {v} of warning before either side walks away.",
            "Getting out of the deal with {c} takes {v} and a registered letter.",
            "{c} insisted that nobody quits without telling the other {v} earlier.",
        ),
        (
            "What is the notice period in the contract with {w}?",
            "How early must we cancel with {w}?",
            "When do we need to terminate if we no longer want {w}?",
            "Which cancellation term applies to {w}?",
        ),
        ("the notice period", "how early to cancel", "the termination rules", "the cancellation term"),
        (
            "Change of plan, {c} now has to know {v} ahead if we leave.",
            "{c} asked for {v} of warning instead, and we said yes.",
            "As of today getting out of the {c} deal takes {v}.",
            "{c} and we replaced it: nobody quits without {v}.",
        ),
    ),
    "courts": Attribute(
        ("Hamburg", "Zurich", "Vienna", "Rotterdam", "Milan", "Lyon"),
        (
            "{c} gave in: if it ever comes to a fight, the judges in {v} decide.",
            "Should we and {c} end up suing each other, it happens in {v}.",
            "{c} only wants to be dragged before a bench in {v}.",
            "Quarrels with {c} would be heard in {v}, their lawyer wrote.",
        ),
        (
            "Which courts have jurisdiction over {w}?",
            "What is the place of jurisdiction for {w}?",
            "Where would litigation against {w} take place?",
            "Which venue was chosen for disputes with {w}?",
        ),
        ("the jurisdiction", "the competent court", "the place of litigation", "the venue for disputes"),
        (
            "The judges in {v} are to decide instead, {c} signed the amendment.",
            "Suing {c} would happen in {v} after all.",
            "{c} moved the bench to {v} in the last round.",
            "Their lawyer wrote again: quarrels with {c} go to {v}.",
        ),
    ),
    "liability": Attribute(
        _SUMS,
        (
            "{c} would answer for damage up to {v} and not a cent more.",
            "When something burns down, {c} stands in for {v} at most.",
            "{c} drew the line at {v} for whatever they break.",
            "The most we could ever claim from {c} is {v}.",
        ),
        (
            "What is the cap on liability of {w}?",
            "Up to which amount is {w} liable?",
            "How is the liability of {w} limited?",
            "What is the maximum compensation from {w}?",
        ),
        ("the liability cap", "how far they are liable", "the limit of liability", "the maximum compensation"),
        (
            "{c} came round and answers for damage up to {v} now.",
            "The insurer made {c} stand in for {v} instead.",
            "{c} redrew the line, it is {v} for whatever they break.",
            "We can claim {v} from {c} after the amendment, no longer the old sum.",
        ),
        (
            "Whose liability is capped higher, that of {a} or that of {b}?",
            "Is {a} liable for more than {b}?",
            "Is the limit of liability lower for {a} or for {b}?",
            "Who owes the higher maximum compensation, {a} or {b}?",
        ),
    ),
    "signatory": Attribute(
        ("Mrs Aydin", "Mr Pohl", "Dr Castellani", "Mr Okonkwo", "Mrs Lindqvist", "Ms Farrugia"),
        (
            "The papers of {c} carried the name of {v} at the bottom.",
            "{v} put pen to paper for {c} this morning.",
            "On the side of {c} it was {v} who inked the deal.",
            "{c} sent the last page back with {v} beneath the stamp.",
        ),
        (
            "Who signed for {w}?",
            "Whose signature do we have from {w}?",
            "Who is the signatory of {w}?",
            "Which person executed the contract on behalf of {w}?",
        ),
        ("the signatory", "whose signature we have", "who signed", "who executed the contract"),
        (
            "{c} redid the papers, the name at the bottom is {v} now.",
            "It had to be put to paper again for {c}, by {v} this time.",
            "The deal with {c} was inked once more, by {v}.",
            "New last page from {c}, {v} beneath the stamp.",
        ),
    ),
    "discount": Attribute(
        ("2 percent", "3.5 percent", "5 percent", "7 percent", "8 percent", "12 percent"),
        (
            "{c} would knock {v} off when we buy by the pallet.",
            "Everything from {c} gets {v} cheaper once we pass a hundred pieces.",
            "{c} offered to take {v} less for bulk.",
            "{c} shaves {v} off their list if we order in one go.",
        ),
        (
            "What rebate do we get from {w}?",
            "Which discount did {w} grant us?",
            "What volume discount does {w} give?",
            "How large is the price reduction of {w}?",
        ),
        ("the rebate", "the discount", "the volume discount", "the price reduction"),
        (
            "{c} decided to knock {v} off, better than before.",
            "Correction, stuff from {c} gets {v} cheaper.",
            "{c} takes {v} less for bulk since Monday.",
            "{c} revised their list and took {v} off.",
        ),
        (
            "Who gives us the better rebate, {a} or {b}?",
            "Is the discount of {a} larger than that of {b}?",
            "Which of {a} and {b} grants the bigger volume discount?",
            "Whose price reduction is smaller, {a}'s or {b}'s?",
        ),
    ),
    "credit": Attribute(
        _CREDITS,
        (
            "{c} promised to give us {v} back for the broken housings.",
            "Good news, {c} returns {v} because the pumps came late.",
            "{c} owned up to the mistake and owes us {v}.",
            "We squeezed {v} out of {c} for the rusty screws.",
        ),
        (
            "What is the amount of the credit note from {w}?",
            "How much is {w} refunding?",
            "Which sum will be credited by {w}?",
            "What reimbursement do we receive from {w}?",
        ),
        ("the credit note", "the refund", "the sum to be credited", "the reimbursement"),
        (
            "{c} recalculated and gives us {v} back.",
            "In the end {c} returns {v}.",
            "{c} owes us {v} after the recount.",
            "We squeezed again and got {v} from {c} in total.",
        ),
        (
            "Whose credit note is bigger, that of {a} or that of {b}?",
            "Does {a} refund more than {b}?",
            "Will {a} or {b} credit us the larger sum?",
            "Do we receive more reimbursement from {a} or from {b}?",
        ),
    ),
    "warehouse": Attribute(
        ("Erfurt", "Gdansk", "Linz", "Tilburg", "Bergamo", "Malmo"),
        (
            "Pallets for {c} ought to go to the ramp in {v}.",
            "{c} unloads its lorries in {v} only.",
            "{c} wants its crates dropped off in {v}.",
            "Anything we ship should reach {c} at their hall in {v}.",
        ),
        (
            "What is the delivery address of {w}?",
            "To which town do we send the goods of {w}?",
            "Where is the receiving depot of {w}?",
            "What is the shipping destination for {w}?",
        ),
        ("the delivery address", "where to send goods", "the receiving depot", "the shipping destination"),
        (
            "{c} moved, the ramp is in {v} now.",
            "Lorries for {c} unload in {v} from next week.",
            "Crates for {c} get dropped off in {v} since the fire.",
            "{c} gave up the old hall, ship to {v}.",
        ),
    ),
    "contact": Attribute(
        (
            "by phone before ten",
            "through their ticket form",
            "in writing only",
            "over chat",
            "via the sales agent",
            "by fax, believe it or not",
        ),
        (
            "{c} would rather hear from us {v}.",
            "You get hold of {c} best {v}.",
            "If you need {c}, try {v}, nothing else gets through.",
            "{c} told me to get in touch {v}.",
        ),
        (
            "How does {w} prefer to be contacted?",
            "Which channel should I use to reach {w}?",
            "What is the best way of communicating with {w}?",
            "How should I approach {w} with a question?",
        ),
        ("the preferred channel", "how to reach them", "the way of communicating", "how to approach them"),
        (
            "{c} changed its mind and wants to hear from us {v}.",
            "You get hold of {c} {v} these days.",
            "For {c} try {v}, the other way is closed.",
            "{c} told me to switch: {v}.",
        ),
    ),
}
