"""A promise of money is found in a message's words, because a model's word for it does not count."""

import re
import unicodedata

_PAY = (
    r"(?:pay|paid|paying|settle|settled|settling|remit|remitted|transfer|transferred|wire|wired|reimburse|reimbursed|"
    r"credit(?! note)|credited|release|released|disburse|disbursed|refund|refunded|compensate|compensated)"
)
_DO = r"(?:make|send|initiate|process|issue|execute|approve|effect|trigger|start|order|authori[sz]e)"
_WILL = (
    r"(?:will|'ll|shall|would|going to|gonna|are to|is to|promise[sd]?|guarantee[sd]?|commit(?:ted|s)?|undertakes?|"
    r"agree[sd]?|confirm(?:ed|s)?|assure[sd]?|arrange[sd]?|ensure|intend|plan|about to|schedule[sd]?)"
)
_MONEY = r"(?:payments?|money|funds|amount|sum|balance|transfer|remittance)"
_BILL = r"(?:invoices?|bills?|re-\d[\d-]*|inv-\d+)"
_SENT = (
    rf"(?:{_PAY}|made|sent|executed|initiated|processed|issued|approved|scheduled|arranged|on its way|guaranteed|"
    r"confirmed|authori[sz]ed)"
)
_SOON = r"(?:today|tomorrow|tonight|this week|next week|by|within|immediately|shortly|soon|at once|asap)"
_WORDS = r"(?:[^\s.;!?]+ +)"
_NOT = r"(?:not|never|nor|cannot|unable|neither)"

_PROMISES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_WILL}\b (?!{_NOT}\b){_WORDS}{{0,5}}?{_PAY}\b",
        rf"\b{_WILL}\b (?!{_NOT}\b){_WORDS}{{0,5}}?{_DO} {_WORDS}{{0,5}}?{_MONEY}\b",
        rf"'ll (?!{_NOT}\b){_WORDS}{{0,4}}?(?:{_PAY}\b|{_DO} {_WORDS}{{0,5}}?{_MONEY}\b)",
        rf"\b{_WILL}\b {_WORDS}{{0,5}}?(?:receive|get|have|see|obtain|expect) {_WORDS}{{0,4}}?{_MONEY}\b",
        rf"\b{_MONEY} {_WORDS}{{0,4}}?(?:will|shall|is going to|has been|was|is being|is) "
        rf"(?!{_NOT}\b){_WORDS}{{0,3}}?{_SENT}\b",
        rf"\b{_BILL} {_WORDS}{{0,4}}?(?:will|shall|is going to|is being|is) (?!{_NOT}\b){_WORDS}{{0,3}}?{_PAY}\b",
        rf"\b(?:expect|expects|count on|rely on|look forward to) {_WORDS}{{0,4}}?(?:payments?|money|funds|transfer)\b",
        rf"\b(?:we|i) (?:can |hereby |do |now )?{_PAY}\b",
        rf"\b(?:payment|transfer|remittance) (?:date |run )?{_SOON}\b",
        r"\b(?:not|never) (?:fail|hesitate|forget) to \w+",
        r"\b(?:zahlen|bezahlen|überweisen|begleichen|anweisen)\b",
        r"\b(?:zahlung|überweisung|betrag|geld)\b[^.;!?]{0,60}\b(?:wird|erfolgt|veranlasst|angewiesen|zugesagt)\b",
        r"\b(?:wird|werden)\b[^.;!?]{0,60}\b(?:gezahlt|bezahlt|überwiesen|beglichen|angewiesen)\b",
    )
)
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})
_INVISIBLE = ("Cf", "Mn")


def promises_payment(text: str) -> bool:
    """Whether a text promises that money will come, in English or German.

    It rather sees one promise too many: then a person reads the message, which costs little. Words that only say that
    something will *not* be paid are none.
    """
    return any(pattern.search(sentence) for sentence in _sentences(text) for pattern in _PROMISES)


def _sentences(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold()
    # Invisible characters would split a word in two for us and leave it whole for the reader.
    shown = "".join(char for char in plain if unicodedata.category(char) not in _INVISIBLE)
    parts = re.split(r"[.;!?]+(?:\s|$)", shown)
    return [" ".join(part.split()) for part in parts if part.strip()]
