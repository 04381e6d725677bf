"""Where the name of a person or company begins and ends in running text."""

import re

_SUFFIX_WORD = (
    r"(?:inc|incorporated|llc|l\. ?l\. ?c|ltd|limited|corp|corporation|co|company|gmbh(?: & co\.? kg)?|ag|"
    r"kg|se|plc|p\.l\.c|"
    r"s\. ?a|sa|s\. ?a\. ?s|b\. ?v|n\. ?v|s\. ?r\. ?l|srl|s\. ?p\. ?a|spa|oy|ab|a/s|llp|l\. ?l\. ?p|l\. ?p|lp|n\. ?a|"
    r"p\. ?c|pty|pvt|fsb|trust|bank|university|foundation)\.?"
)
_SUFFIX_NEXT = re.compile(rf",? ?{_SUFFIX_WORD}(?![\w])", re.IGNORECASE)
LEGAL_FORM = re.compile(rf"(?:^|[\s,.]){_SUFFIX_WORD}(?:$|[\s,.)])", re.IGNORECASE)
_CUT = re.compile(
    r"[;:()\[\"“]|,|\bhereinafter\b|\b(?:having|whose|located|organi[sz]ed|incorporated|represented|duly|"
    r"existing|residing|registered|"
    r"established|formerly|d/b/a|dba|doing business|f/k/a|acting|on behalf|individually|(?:with|at) (?:its|"
    r"a|an|offices|principal|place)|a (?:corporation|company|division|subsidiary|"
    r"limited|delaware|wholly|member)|an individual|of \d|of the (?:one|first|second|other)|on the (?:one|"
    r"other)|as (?:of|the|seller|buyer|agent)|"
    r"dated|effective|address(?:es)?:?|tel:|by:|and its|for itself|together with)\b| - and\b|\. (?=(?:The|"
    r"This|Under|Each|In|Any|All|It|Whereas|For)\b)| \d{3,}(?= [A-Z])",
    re.IGNORECASE,
)
CONNECTOR = re.compile(
    r"^(?:[\s,;:.)\]\-–]|\(?\d\)|\([a-z]\)|\b(?:and|between|by|the parties|party [ab12]|on the one (?:hand|"
    r"part)|on the other (?:hand|part)|of the (?:one|first|second|other) part|in such capacities|"
    r"as follows|made|parties to this agreement)\b)+",
    re.IGNORECASE,
)
NEXT_NAME = re.compile(
    r"(?:[,;)] ?|\b)(?:and|AND|-and-)[,:]?\s(?:\(?[a-z\d]\)\s|the\s|its [A-Z]?\w+,? )?(?=[A-Z0-9])|"
    r"\bagreement with (?=[A-Z0-9])"
)
NOT_NAMES = re.compile(
    r"^(?:this|the|a|an|and|each|any|all|such|it|its|is|in|we|our|you|your|agreement|date|parties|party|"
    r"between|exhibit|whereas|as|dated|"
    r"individually|collectively|hereby|made|vice|president|title|name|plan|section|day|both|either|of|one|"
    r"other|same|for|to|with)\b(?! [A-Z][a-z]+ (?:of|company|bank|corporation))",
    re.IGNORECASE,
)
_ROLE_WORD = re.compile(
    r"(?:the )?(?:licensor|licensee|supplier|customer|client|distributor|reseller|vendor|buyer|seller|"
    r"company|sponsor|contractor|"
    r"consultant|landlord|tenant|lessor|lessee|provider|publisher|developer|agent|owner|manufacturer|"
    r"borrower|lender|rights|"
    r"general provisions|products?|services?|agreement|ladies|gentlemen)(?: on the)?",
    re.IGNORECASE,
)
_SMALL_WORD = re.compile(r"\b(?!of|and|the|for|de|la|du|des|et|y|e|und|van|von|der|den|do|da|di)[a-z]{2,}\b")


def name_in(flat: str, start: int, end: int) -> tuple[int, int] | None:
    """The name that the stretch before a definition begins with, or that follows its last "and"."""
    piece = flat[start:end]
    if not re.match(
        r"\s?[,)]?\s?(?:an? |having|with|located|whose|organi|incorporated|duly|registered|at |company|is |being)",
        piece,
    ):
        connector = CONNECTOR.match(piece)
        name = name_at(flat, start + (connector.end() if connector else 0), end)
        if name is not None:
            return name
    options = []
    for match in NEXT_NAME.finditer(piece):
        name = name_at(flat, start + match.end(), end)
        if name is not None:
            options.append(name)
    suited = [name for name in options if LEGAL_FORM.search(flat[name[0] : name[1]])]
    return (suited or options)[-1] if options else None


def name_at(flat: str, start: int, end: int) -> tuple[int, int] | None:
    """The span of the name that begins at `flat[start]`, or None when what stands there is not a name."""
    while start < end and flat[start] in " ,;:.'\"":
        start += 1
    place = start
    stop = end
    while True:
        cut = _CUT.search(flat, place, end)
        if cut is None:
            break
        if cut.start() == start:
            return None
        if cut.group() == ":" and cut.end() < end:
            start = place = cut.end()
            while start < end and flat[start] in " ,;:.'\"":
                start = place = start + 1
            continue
        if cut.group() == ",":
            more = _SUFFIX_NEXT.match(flat, cut.start(), end)
            if more:
                place = more.end()
                continue
        stop = cut.start()
        break
    for joint in re.finditer(r",? (?:and|AND|&) (?=[A-Z0-9(])", flat[start:stop]):
        left = flat[start : start + joint.start()]
        if "&" not in joint.group() and (LEGAL_FORM.search(left) or len(left) > 60):
            stop = start + joint.start()
            break
    name = flat[start:stop].rstrip(" ,;:-")
    if not 2 <= len(name) <= 110 or not re.match(r"[A-Z0-9]|[a-z]+[A-Z_]", name) or not re.search(r"[A-Za-z]{2}", name):
        return None
    if _ROLE_WORD.fullmatch(name.strip(" .")) or len(_SMALL_WORD.findall(name)) > 2:
        return None
    if NOT_NAMES.match(name) and not re.match(r"(?:The|THE) [A-Z]", name):
        return None
    return start, start + len(name)
