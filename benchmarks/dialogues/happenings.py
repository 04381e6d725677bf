"""What happens more than once with a company, and how it is told and asked for.

Each list has four wordings: the first two are for tuning, the others held out.
``{c}`` is a company, ``{p}`` what is asked about it, ``{m}`` a month.
"""

from typing import NamedTuple


class Happening(NamedTuple):
    """Something that happens more than once: what was said, what is asked of a time, and what asks for the time."""

    details: tuple[tuple[str, str], ...]
    said: tuple[str, ...]
    what: tuple[str, ...]
    when: tuple[str, ...]
    noun: tuple[str, ...]


HAPPENINGS: dict[str, Happening] = {
    "lorry": Happening(
        (
            ("forty valves too few", "parts were missing"),
            ("gaskets of the wrong size", "seals did not fit"),
            ("boxes soaked by the rain", "packages were wet"),
            ("twice as much as we ordered", "the quantity was doubled"),
        ),
        (
            "Today's lorry from {c} brought {d}.",
            "{c} unloaded this morning: {d}.",
            "Guess what the van of {c} had for us, {d}.",
            "The drop-off by {c} an hour ago was {d}.",
        ),
        (
            "What was wrong with the delivery of {c} in {m}?",
            "Which problem did the shipment from {c} have in {m}?",
            "What did {c} get wrong when supplying us in {m}?",
            "What complaint do we have about the consignment of {c} from {m}?",
        ),
        (
            "When did we get the delivery from {c} in which {p}?",
            "On which day did {c} supply us so that {p}?",
            "What is the date of the consignment of {c} where {p}?",
            "When did the shipment of {c} come in which {p}?",
        ),
        (
            "the delivery of {c} where {p}",
            "the shipment from {c} in which {p}",
            "the consignment of {c} where {p}",
            "the time {c} supplied us and {p}",
        ),
    ),
    "outage": Happening(
        (
            ("two hours", "for part of a morning"),
            ("a whole day", "from morning to night"),
            ("twenty minutes", "only briefly"),
            ("most of the week", "for several days"),
        ),
        (
            "The portal of {c} was down for {d}, people were furious.",
            "We could not log in at {c} for {d}.",
            "{c} had their servers dark for {d}.",
            "Orders to {c} bounced for {d}.",
        ),
        (
            "How long was the system of {c} unavailable in {m}?",
            "How long did the outage at {c} last in {m}?",
            "What was the downtime of {c} in {m}?",
            "How long did the failure at {c} take in {m}?",
        ),
        (
            "When was the system of {c} unavailable {p}?",
            "On which day did {c} have an outage {p}?",
            "What is the date of the downtime of {c} {p}?",
            "When did the failure at {c} last {p}?",
        ),
        (
            "the unavailability of {c} {p}",
            "the outage at {c} {p}",
            "the downtime of {c} {p}",
            "the failure at {c} {p}",
        ),
    ),
    "audit": Happening(
        (
            ("the fire doors", "safety was criticised"),
            ("our missing training records", "paperwork was lacking"),
            ("unlabelled drums", "chemicals had no markings"),
            ("an open server room", "access was not controlled"),
        ),
        (
            "{c} came by with two inspectors and did not like {d}.",
            "The people {c} sent to check on us moaned about {d}.",
            "{c} walked through the plant and took offence at {d}.",
            "We had {c} in for their yearly look, they stumbled over {d}.",
        ),
        (
            "What was the finding of {c}'s audit in {m}?",
            "What did the auditors of {c} object to in {m}?",
            "Which deficiency did {c} note during the review in {m}?",
            "What was {c}'s objection at the assessment in {m}?",
        ),
        (
            "When did {c} audit us and {p}?",
            "On which day did auditors of {c} find that {p}?",
            "What is the date of the review by {c} where {p}?",
            "When was the assessment by {c} in which {p}?",
        ),
        (
            "the audit by {c} where {p}",
            "the visit of {c}'s auditors when {p}",
            "the review by {c} in which {p}",
            "the assessment by {c} where {p}",
        ),
    ),
}
