"""Which clauses of a contract a question is about, by the words people use. Pure."""

import re

_WORDS: dict[str, tuple[str, ...]] = {
    r"liabilit|\bcap(?:ped)?\b": ("cap_on_liability", "uncapped_liability"),
    r"auto[- ]?renew|renew": ("renewal_term",),
    r"terminat|notice|get out|cancel": ("termination_for_convenience", "notice_to_terminate_renewal"),
    r"governing|\blaws?\b|jurisdiction|governs": ("governing_law",),
    r"disputes?|arbitrat|court": ("dispute_resolution", "governing_law"),
    r"confidential|\bNDA\b|secrec": ("confidentiality",),
    r"\bDPA\b|data protection|data process|personal data": ("data_protection",),
    r"exclusiv": ("exclusivity",),
    r"assign(?!ed to\b)": ("anti_assignment",),
    r"payment term|pay(?:ment|able)?\b|invoice|fees": ("payment_terms",),
    r"indemni": ("indemnity",),
    r"warrant": ("warranty_duration",),
    r"insur": ("insurance",),
    r"audit": ("audit_rights",),
    r"non[- ]?compet|compet": ("non_compete",),
    r"force majeure": ("force_majeure",),
    r"change of control": ("change_of_control",),
    r"licen[cs]e": ("license_grant",),
    r"penalt|liquidated|deliver(?:s|y)? late|late": ("liquidated_damages",),
    r"intellectual property|\bIP\b|ownership|results": ("ip_ownership_assignment",),
    r"\bterm\b|how long|expir|\bend(?:s|ing)?\b": ("term",),
}


def kinds_asked(text: str) -> tuple[str, ...]:
    """The kinds of clauses that the words are about, in the order of the list above; none when they name no clause."""
    found: dict[str, None] = {}
    for pattern, kinds in _WORDS.items():
        if re.search(pattern, text, re.IGNORECASE):
            found |= dict.fromkeys(kinds)
    return tuple(found)
