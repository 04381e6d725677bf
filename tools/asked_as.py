"""How people ask for a tool in words; each tool says so in its spec, and nothing else knows words for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AskedAs:
    """The words that order a tool.

    Attributes:
        verbs: base forms that order it by themselves, such as ``"refund"``; their other forms are worked out.
        light_verbs: base forms that order it together with one of the objects, such as ``"give"`` a voucher.
        objects: what it is about, in the singular, such as ``"voucher"``.
        takes_text: whether words are passed on by it, so that what follows a colon or stands in quotes is content.
        takes_dates: whether a day can be given to it; otherwise one that is named cannot be kept.
        examples: whole sentences, for people to copy; ``{id}`` stands for a record.
    """

    verbs: tuple[str, ...] = ()
    light_verbs: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    takes_text: bool = False
    takes_dates: bool = False
    examples: tuple[str, ...] = ()
