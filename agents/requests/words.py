"""The grammar's closed classes of English words: they belong to the language and to no business, tool or record."""

import re

COURTESY = re.compile(
    r"^(?:(?:when(?:ever)? you (?:can|get (?:a|the) chance|have (?:time|a moment|a minute))|please|pls|plz|kindly|hi|"
    r"hello|hey|dear|good (?:morning|afternoon|evening)|thanks|thank you|ok|okay|"
    r"well|so|"
    r"now|just|also|and|then|first|next|finally|yes|yep|sure|right|great|fine|quick(?:ly)?|asap|urgent(?:ly)?|there|"
    r"all|"
    r"team|everyone|go ahead and|be so kind (?:as to|and)|be so good as to|do me a favou?r and|for me|today|"
    r"immediately|"
    r"directly|simply|again)\b[\s,!:.–-]*)+"
)
"""What may stand before an order without changing it."""

ADDRESSED_ORDER = re.compile(
    r"(?:^|\b)(?:(?:can|could|would|will|won't|can't|couldn't) you(?: (?:please|kindly|now|just|also|maybe|possibly|"
    r"quickly|"
    r"then|perhaps|be so kind as to|be so kind and|mind))*|(?:i|we)(?:'d| would)? like(?: you)? to|(?:i|we) (?:want|"
    r"need|"
    r"have|wish|ask|must|would ask)(?: you)?(?: to)?|i'd ask you to|may i ask you to|can i ask you to|let's|let us|"
    r"you (?:can|may|should|must|have to|need to)(?: now| please)?|(?:please )?(?:make sure|be sure|remember|"
    r"try)(?: (?:to|that "
    r"you|and))?|please|kindly|go ahead and|i'd appreciate it if you(?: could)?|it would be (?:great|nice|good) if you"
    r"(?: could)?)$"
)
"""What may stand right before the verb of an order that is put politely, or as a wish."""

NEGATION = re.compile(
    r"\b(?:do not|don't|does not|doesn't|did not|didn't|will not|won't|would not|wouldn't|should not|shouldn't|"
    r"must not|"
    r"mustn't|need not|needn't|never|not|no|nobody|no one|none|neither|nor|without|cannot|can't|couldn't|unable to|"
    r"stop|cancel|halt|abort|"
    r"block|withhold|refus\w+|declin\w+|reject\w*|deny|denied|instead of|rather than|avoid|skip|no need to|"
    r"forget about|"
    r"withdraw|revoke|undo|reverse|take back|hold off(?: on)?|against|isn't|wasn't|aren't|weren't|hasn't|haven't)\b"
    r"(?:(?!\b(?:but|and|then|just)\b)[^,;:]){0,40}$"
)
"""A no that reaches what follows."""

KEPT_DESPITE_NO = re.compile(
    r"\b(?:do not|don't|never|please don't) (?:forget|hesitate|fail|wait) to\b|\bnot only\b|"
    r"\bwhy (?:not|don't (?:you|we))\b|\bno (?:problem|worries|doubt|rush)\b|"
    r"\bif (?:possible|you (?:can|could|like|don't mind|would|get (?:a|the) chance)|need be|necessary|that's ok(?:ay)?|"
    r"it's ok(?:ay)?|at all possible)\b|"
    r"\bas soon as (?:possible|you (?:can|get (?:a|the) chance))\b|"
    r"\b(?:when|whenever|once) you (?:can|get (?:a|the) chance|have (?:time|a moment|a minute))\b"
)
"""Courtesy that looks like a no or a condition."""

DRAFTING = re.compile(
    r"\b(?:prepar\w+|draft\w*|plan\w*|simulat\w+|test\w*|calculat\w+|estimat\w+|check\w*|compar\w+|discuss\w*|"
    r"consider\w*|"
    r"think\w* (?:about|of)|look\w* (?:at|into|up)|explain\w*|describ\w+|show\w*|tell\w*|find|list\w*|see|know|"
    r"review\w*|"
    r"summari[sz]e\w*|what about|how about|talk\w* about|about|regarding|concerning|status of|state of|history of|"
    r"reason "
    r"for|copy of|proof of|details? of|date of|amount of|trace|track\w*|remind\w*|wait\w* for|expect\w*)\b"
    r"(?:(?!\b(?:and|then|but)\b)[^,;:]){0,30}$"
)
"""An act that is only spoken of: prepared, looked at, talked about."""

EXAMPLE = re.compile(
    r"\b(?:in theory|theoretically|for example|for instance|e\.g\.?|such as|hypothetically|imagine|type|"
    r"the command(?: is)?|"
    r"you (?:say|type|write))[\s,:]*$"
)
"""An act that is named as an example."""
COMPOUND = re.compile(
    r"\s+(?:receipt|number|date|request|polic(?:y|ies)|details?|status|history|form|id|amount|reference|confirmation|"
    r"letter|note|mail|process|rules?|code|list|report|summary|total|fee|question|case|run|page|period|limit|rate|reason)s?\b"
)
"""A noun that makes the act before it a mere part of its name: "the refund receipt"."""
INSIDE = re.compile(r"\b(?:of|about|regarding|concerning|on|that|with|from|why|how|whether|if)\b")
"""What puts a noun inside another thing: "a list of refunds"."""
SPEECH_TAG = re.compile(
    r",\s*(?:(?:he|she|they|it|\w+) )?(?:says|said|writes|wrote|asks|asked|claims|claimed|thinks|thought|suggests)\b|"
    r"\baccording to\b"
)
"""Words after an order that make it somebody else's."""
REPORTING = re.compile(
    r"\b(?:said|says|say|saying|wrote|writes|write|writing|asked|asks|asking|want(?:s|ed)|told|tells|claim\w*|"
    r"demand\w*|"
    r"insist\w*|thinks|thought|suggest\w*|recommend\w*|request(?:s|ed|ing)|expects|hopes|promis\w+|decided|agreed|"
    r"tried|"
    r"tries|threaten\w*|begs|begged|complain\w*|mention\w*|reads|according to|was|were|is|are|has|had|been|being|"
    r"already|"
    r"forgot|got|gets|keeps|kept|managed|manages|planned|plans|going|about)\b"
)
"""Verbs that tell of what somebody says, wants or has done."""

ASKED_HOW = re.compile(
    r"\b(?:how|where|when|whether|why|what|who) (?:to|do|does|can|could|should|would|will|may|i|we|you|one)\b"
)
"""A question inside a sentence: "tell me how to"."""
QUESTION_START = re.compile(
    r"^(?:how|what|what's|whats|why|when|where|who|whom|whose|which|whether|should|shall|must|may|might|did|do|does|"
    r"is|isn't|are|"
    r"was|were|wasn't|has|have|had|am|could (?:we|i|he|she|they|it|the|this|that|there|somebody|anybody|someone)|"
    r"can (?:we|i|he|she|they|it|the|this|that|there|somebody|anybody|someone|a|an)|"
    r"would (?:we|i|he|she|they|it|the|this|that|there)|will (?:we|i|he|she|they|it|the|this|that|there))\b"
)
QUESTION_TAG = re.compile(
    r"[,;–-]?\s*(?:is (?:that|this|it) (?:ok|okay|fine|right|correct|allowed|possible|alright|all right|permitted)|"
    r"(?:does|would) that (?:work|fit|be (?:ok|okay|fine|possible|allowed))|or (?:not|what|should (?:i|we)\b.*)|"
    r"(?:am|are) (?:i|we) allowed(?: to)?|what do you think|any thoughts|do you agree|don't you think|isn't it|right|"
    r"correct|ok|okay)\s*\?*\s*$"
)
SEQUENCE = re.compile(
    r"(?:\band then|\bthen|\bafter that|\bafterwards|\b(?:when|once) (?:that|this|it) is done)[,\s]*$"
)
"""What stands before something that is to be done only after what was said first."""
SUPPOSED = re.compile(
    r"\b(?:if|whether|suppose|supposing|assuming|assume|imagine|in case|in the event|once|unless|until|as soon as|when|"
    r"before|after|had)\b(?:(?!\bthen\b)[^,;:]){0,60}$"
)

CONDITION = re.compile(
    r"\b(?P<mark>only if|only when|only once|only after|if|unless|provided(?: that)?|providing|as long as|so long as|"
    r"as soon as|"
    r"once|until|till|when(?:ever)?|in case|subject to|assuming|after|before|otherwise|depending on|except (?:if|"
    r"when))\b"
    r"(?P<rest>[^.;!?\n]*)"
)
TIME = re.compile(
    r"\b(?:tomorrow|tonight|later(?: on)?|the day after tomorrow|next (?:week|month|year|quarter|time|monday|tuesday|"
    r"wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|"
    r"november|december)|(?:on|by|from|this|coming|every|each) (?:monday|tuesday|wednesday|thursday|friday|saturday|"
    r"sunday)|"
    r"(?:in|within|after) (?:\d+|a|an|one|two|three|four|five|six|ten|a few|some) (?:minute|hour|day|week|month)s?|"
    r"(?:this|in the) (?:evening|afternoon|weekend)|at (?:noon|midnight|\d{1,2}(?::\d\d)? ?(?:am|pm|o'clock))|"
    r"at the (?:end|beginning|start) of (?:the|this|next) \w+|(?:by|until|from) (?:tomorrow|tonight|next \w+)|"
    r"(?:on|by|from|until) (?:the )?\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:january|february|march|april|may|june|july|"
    r"august|"
    r"september|october|november|december)|every (?:day|week|month|year)|daily|weekly|monthly)\b"
)
REASON = re.compile(
    r"\b(?:because|since|as (?:the|he|she|they|it|we|this|that|a|an|my|our|his|her|customer)\b|due to|owing to|"
    r"given that|"
    r"on account of|reason(?: is)?\s*:|reason\b|so that|, (?:it|they|he|she|the|this|that|customer)\b)"
)
"""From here on, somebody says why; why is no condition."""

CORRECTION = re.compile(
    r"\b(?:no,? wait|wait,? no|actually,? no|scratch that|never ?mind|on second thoughts?|forget (?:it|that)|"
    r"(?:i'?m|i am|we'?re|we are) not (?:sure|certain)|not sure (?:if|whether|about)|unsure|"
    r"(?:keep|leave) it (?:open|as it is|alone)|i mean not|or rather not|stop,? (?:no|wait)|hold on)\b"
)
REMAINDER = re.compile(
    r"\b(?:just|only|simply|instead)\b[^.;!?\n]{0,20}\b(?:tell|show|name|say|list|give|need|want to (?:know|see)|look|"
    r"check|send me|"
    r"what|who|when|how|where|whether|if)\b"
)
"""What is wanted in the place of an act that is not: "just tell me"."""
ALTERNATIVE = re.compile(r"\bor\b(?! (?:so|less|more|not|i\b|we\b|else|near)\b)")
INSTEAD = re.compile(
    r"\b(?:instead(?: of)?|rather than|except|apart from|other than|but not|not the|"
    r"not (?:order |invoice |ticket )?(?:[a-z]{3}-)?#?\d+)\b"
)
PRONOUN = re.compile(r"\b(?:i|we|you|he|she|they|it|who|people|somebody|someone|everybody|one)$")
DETERMINED = re.compile(
    r"\b(?:the|a|an|this|that|these|those|any|every|each|some|all|no|in|into|under|as|full|partial|whole|complete|"
    r"another|his|her|"
    r"their|our|my|"
    r"your|its|second|first|last|of|for|on|about|with|from|by|per|pending|open|new|small|big|large|late|recent|earlier|"
    r"previous|(?!let's)\w+'s|eur|euros?|usd|%|percent)$"
)
FINITE = re.compile(
    r"\b(?:was|were|is|are|has|had|have|got|came|failed|went|did|does|seems?|looks?|took|takes|needs?|arrived|happened|"
    r"bounced|worked|works|stands?|depends|isn't|wasn't|hasn't|will|would|can|could|should|must|may|might)\b"
)
