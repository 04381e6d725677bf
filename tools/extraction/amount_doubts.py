"""An amount is in doubt where the words around it make it more, less, or another than the number that stands there."""

import re

_WHOLE = r"(?:\d[\d.,']*|€|eur\b|euros?\b|amount\b|sum\b|total\b|price\b|everything\b|all\b|whole\b|full\b|rest\b)"
_RECORD = re.compile(r"\b[A-Za-z]{2,4}-\d+")
_MARK = r"(?:€\s*|eur\s*)?\d"
_CHANGES = re.compile(
    "|".join(
        (
            r"\d[\d.,]*\s*(?:€|eur|euros?)?\s*(?:-|–|—|to|or)\s*\d[\d.,]*\s*(?:€|eur|euro|usd|\$|£|%)",  # 12 to 18 EUR
            r"\b(?:between|from|up\s+to|at\s+least|at\s+most|(?:no|not)\s+more\s+than|max(?:imum|\.)?|min(?:imum|\.)?|"
            r"about|around|roughly|approx(?:imately|\.)?|some|ca\.?|nearly|almost|under|above|below|less\s+than|"
            rf"more\s+than)\s+{_MARK}",  # up to 20
            r"(?:€|eur|euros?)\s*(?:or\s+so|at\s+(?:least|most)|max\b|tops\b)",
            r"\b(?:except|but|less|minus|excluding|without|apart\s+from|other\s+than|deduct\w*|besides)\s+(?:for\s+)?"
            rf"(?:the\s+)?{_MARK}",  # all but 5 EUR
            rf"{_WHOLE}\s*(?:except|less|minus|without|excluding|plus|net\b|gross\b|before\s+tax|after\s+tax|\+|times\b)",
            r"\d\s*[x×*]\s*(?:€|eur)?\s*\d",  # 3 x 10
            r"\b(?:plus|incl(?:uding|\.)?|excl(?:uding|\.)?|with|without)\s+(?:\d[\d.,]*\s*%\s*)?(?:vat|tax)\b",
            r"\b(?:each|apiece|per\s+(?:item|piece|order|person|unit|month|week|day))\b",
            r"\b(?:twice|double|triple|half\s+of|a\s+(?:third|quarter|fifth|tenth)|"
            r"(?:one|two|three)[ -](?:third|quarter|fifth|half)s?)\b",
        )
    ),
    re.IGNORECASE,
)


def find_amount_doubt(text: str) -> str | None:
    """The words of a text that make one of its amounts uncertain, such as "12 to 18 EUR"; None when none do."""
    found = _CHANGES.search(_RECORD.sub(lambda record: " " * len(record[0]), text))
    return " ".join(found[0].split()) if found else None
