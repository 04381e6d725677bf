"""This module names what a text tells of a person's health, belief, politics, union, origin, sexuality, genes or pay.

These are the special categories of personal data of the GDPR's Article 9, and pay, which this house treats alike.
A list of plain English phrases: it sees what it names, in a sentence about somebody, and nothing that is implied.
It serves rules about what memory keeps, where a miss is kept as any other note is, and a false find is not remembered.
"""

import re

from .normalization import normalize_text

_ABOUT = (  # somebody is or has it: "Ann is", "he's", "who was", "I am", "customer has been"
    r"(?:\b(?:is|are|was|were|am|be|been|being|became|becoming|remains?)|[’'](?:s|m|re)\b)"
    r"(?:[ ](?:a|an|the|not|also|very|severely|chronically|openly|devout|practi[sc]ing|long-?term|now)\b){0,3}[ ]"
)
_PHRASES = {
    "health": (
        r"\bdiagnos(?:ed|is)\b(?![ ](?:of[ ])?(?:the[ ])?(?:fault|device|error|network|problem|issue|printer|machine))",
        rf"{_ABOUT}(?:ill|sick(?![ ]of)|pregnant|disabled|depressed|diabetic|epileptic|hiv[ -]positive|"
        r"in[ ](?:therapy|rehab)|on[ ](?:sick|maternity|parental)[ ]leave|an?[ ]alcoholic|alcoholic|hospitali[sz]ed)\b",
        r"\b(?:has|had|have|having|with|suffers?|suffered|suffering[ ]from|from|recovering[ ]from|treated[ ]for)"
        r"(?:[ ](?:a|an|the|from|severe|chronic|mild|acute|heavy)\b){0,3}[ ](?:cancer|diabetes|depression|"
        r"burn-?out|asthma|epilepsy|migraines?|hiv|aids|covid|dementia|autism|adhd|an?xiety[ ]disorder|"
        r"heart[ ](?:attack|disease|condition)|stroke|miscarriage|addiction|allerg(?:y|ies)|disabilit(?:y|ies)|"
        r"mental[ ](?:illness|health[ ]problems?)|chemotherapy|surgery)\b",
        r"\b(?:sick[ ]note|medical[ ](?:certificate|records?|history|report|condition)|blood[ ](?:group|type|test)|"
        r"chemotherapy|psychotherap\w+|antidepressants?|(?:his|her|their|my|whose)[ ](?:illness|disability|diagnosis|"
        r"pregnancy|medication|doctor|therapist|psychiatrist))\b",
    ),
    "belief": (
        rf"{_ABOUT}(?:muslim|catholic|protestant|jewish|jew|hindu|buddhist|sikh|atheist|christian|orthodox|mormon|"
        r"jehovah[’']s[ ]witness)\b",
        r"\b(?:his|her|their|my|whose)[ ](?:religion|faith|religious[ ]beliefs?|church|mosque|synagogue)\b",
    ),
    "politics": (
        r"\b(?:members?|supporters?|voters?|activists?)[ ](?:of|for)[ ](?:the[ ])?(?:\w+[ ]){0,3}party\b",
        r"\b(?:votes?|voted|voting)[ ]for[ ](?:the[ ])?(?:\w+[ ]){0,2}(?:party|left|right|greens|conservatives|labour|"
        r"republicans|democrats|socialists|liberals)\b",
        r"\b(?:his|her|their|my|whose)[ ](?:politics|political[ ](?:views?|opinions?|beliefs?))\b",
    ),
    "union": (
        r"\b(?:trade|labou?r)[ ]union(?:ist|[ ](?:member(?:ship)?|activist|official))\b",
        r"\b(?:member[ ]of|joined|belongs?[ ]to|active[ ]in)[ ](?:a|the|his|her|their)[ ]"
        r"(?:trade[ ]|labou?r[ ])?union\b",
    ),
    "origin": (
        r"\b(?:his|her|their|my|whose)[ ](?:race|ethnicity|ethnic[ ](?:origin|background)|skin[ ]colou?r)\b",
        rf"{_ABOUT}(?:of[ ](?:\w+[ ])?(?:ethnic[ ]origin|descent)|refugee|asylum[ ]seeker)\b",
    ),
    "sexuality": (
        rf"{_ABOUT}(?:gay|lesbian|bisexual|homosexual|transgender|trans[ ](?:man|woman)|queer|intersex)\b",
        r"\b(?:his|her|their|my|whose)[ ](?:sexual[ ]orientation|sex[ ]life|gender[ ]identity)\b",
    ),
    "genes": (
        r"\b(?:(?:his|her|their|my|whose)[ ](?:dna|genes|fingerprints?|genome|iris[ ]scan)|"
        r"genetic[ ](?:test|data|profile)|dna[ ](?:test|sample|profile)|(?:finger|voice)prints?[ ]of|"
        r"biometric[ ](?:data|template)s?)\b",
    ),
    "pay": (
        r"\b(?:his|her|their|my|whose|\w+[’']s)[ ](?:monthly[ ]|annual[ ]|yearly[ ]|gross[ ]|net[ ]|base[ ])?"
        r"(?:salary|wages?|pay[ ]?(?:slip|check|cheque|grade)|bonus)\b",
        r"\b(?:earns|is[ ]paid|salary[ ](?:of|is|was))[ ](?:[€$£][ ]?)?\d",
    ),
}
_FOUND = {name: re.compile("|".join(phrases), re.IGNORECASE) for name, phrases in _PHRASES.items()}


def find_special_categories(text: str) -> tuple[str, ...]:
    """The categories that a text speaks of, sorted.

    They are ``health``, ``belief``, ``politics``, ``union``, ``origin``, ``sexuality``, ``genes`` and ``pay``.
    Look-alike letters are read as plain ones, and invisible characters are passed over.
    """
    ready = " ".join(normalize_text(text).text.split())
    return tuple(sorted(name for name, pattern in _FOUND.items() if pattern.search(ready)))
