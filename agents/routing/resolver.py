"""The resolver gives a request one reading: by rules, then by the classifier; otherwise it names the two best."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .classifier import Judgement
from .intents import OUT_OF_SCOPE, Catalogue
from .record_ids import find_record_ids
from .route import RequestPart, RoutingMethod
from .rules import RoutingRule, RoutingRules, RoutingThresholds, compile_pattern
from .splitter import strip_courtesy

# Readings that a clarifying question never offers: nobody needs help to say them.
NOT_OFFERED = (OUT_OF_SCOPE, "greeting", "thanks", "agree", "disagree")


@dataclass(frozen=True, slots=True)
class UnclearRequest:
    """A request that has no sure reading, with the two best."""

    text: str
    candidates: tuple[str, ...]
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class RequestResolver:
    """What settling needs besides the text; the same for all requests of one message.

    Attributes:
        catalogue: the intents.
        rules: the routing rules.
        thresholds: when the classifier's word is enough.
        judgements: the classifier's judgement of each text that may be settled.
        attachment_kind: the kind of the attached file, for example ``"contract"``.
        last_agent: the agent that answered last in this thread.
    """

    catalogue: Catalogue
    rules: RoutingRules
    thresholds: RoutingThresholds
    judgements: Mapping[str, Judgement]
    attachment_kind: str | None = None
    last_agent: str | None = None

    def make_part(self, intent: str, text: str, how: RoutingMethod, confidence: float, reason: str) -> RequestPart:
        """A settled part, with the agent, workflow and handoff of its intent."""
        found = self.catalogue.intents[intent]
        if found.handoff:
            how = "handoff"
        elif intent == OUT_OF_SCOPE:
            how = "out_of_scope"
        agent = self.catalogue.agent(intent)
        return RequestPart(agent, intent, text, found.playbook, how, confidence, reason, found.handoff)

    def resolve(self, text: str) -> RequestPart | UnclearRequest:
        """The reading of one request, or the two best when none is sure."""
        addressed = self._mention().sub("", text, count=1)
        rest, courteous = strip_courtesy(addressed, self.rules)
        if spoken := self._command(text, rest):
            return spoken
        agent = self._find_mentioned_agent(text)
        negated = compile_pattern(self.rules.negation).search(text) is not None
        if not negated:
            for rule in self.rules.rules:
                owners = {self.catalogue.agent(intent) for intent in rule.intents}
                if rule.ask and self.last_agent not in (None, *owners):
                    continue
                if rule.among and agent is None and self._claimed(text, rule):
                    continue
                if agent in (None, *owners) and self._fits(rule, text, rest, courteous):
                    if rule.intent is None:
                        return self._narrow(text, rule.among, f"rule {rule.id}", ask=rule.ask)
                    return self.make_part(rule.intent, text, "rule", 1.0, f"rule {rule.id}")
        found = self._judge(text, agent)
        if negated and isinstance(found, RequestPart) and self._must_ask(found.intent):
            return UnclearRequest(text, (found.intent, "cancel"), found.confidence, "the request is negated")
        attached = self.rules.attachments.get(self.attachment_kind or "")
        lost = isinstance(found, UnclearRequest) or found.intent == OUT_OF_SCOPE
        if attached is None or not lost or negated or agent not in (None, attached.agent):
            return found
        again = self._judge(text, attached.agent)
        if agent == attached.agent and isinstance(again, UnclearRequest):
            return again
        if isinstance(again, RequestPart):
            return replace(again, reason=f"{again.reason}; a file of kind {self.attachment_kind} is attached")
        return self.make_part(attached.intent, text, "rule", 1.0, f"a file of kind {self.attachment_kind} is attached")

    def _must_ask(self, intent: str) -> bool:
        """Whether a negated request of this intent is asked back: what ships reads by itself what is not ordered."""
        return self.catalogue.intents[intent].acts and intent in self.catalogue.taught

    def _command(self, text: str, rest: str) -> RequestPart | UnclearRequest | None:
        if not rest.startswith("/"):
            return None
        word = rest[1:].split(maxsplit=1)[0].lower() if len(rest) > 1 and not rest[1].isspace() else ""
        if intent := self.rules.commands.get(word):
            return self.make_part(intent, text, "rule", 1.0, f"command /{word}")
        return UnclearRequest(text, (), 0.0, f"there is no command /{word}")

    def _mention(self) -> re.Pattern[str]:
        words = "|".join(self.rules.mentions) or "(?!)"
        return compile_pattern(rf"(?<![\w.])@({words})\b(?![.@]\w)[,:]?\s*")

    def _find_mentioned_agent(self, text: str) -> str | None:
        match = self._mention().search(text)
        return self.rules.mentions[match[1].lower()] if match else None

    def _fits(self, rule: RoutingRule, text: str, rest: str, courteous: bool) -> bool:
        kinds = {found.kind for found in find_record_ids(text, self.rules)} | {self.attachment_kind or ""}
        return (
            (rule.named is None or rule.named == bool(find_record_ids(text, self.rules)))
            and (not rule.about or bool(kinds.intersection(rule.about)))
            and (not rule.courtesy or courteous)
            and (rule.begins is None or compile_pattern(rule.begins).match(rest) is not None)
            and (rule.contains is None or compile_pattern(rule.contains).search(text) is not None)
            and (rule.unless is None or compile_pattern(rule.unless).search(text) is None)
        )

    def _claimed(self, text: str, rule: RoutingRule) -> bool:
        """Whether an intent of an extension surely reads a text that a rule leaves to others.

        Who wrote that such words ask for one of two things did not know of a third.
        """
        if not self.catalogue.taught or self.catalogue.taught.intersection(rule.among):
            return False
        first, best = self.judgements[text].ranking[0]
        return first in self.catalogue.taught and best >= self.thresholds.accept

    def _judge(self, text: str, agent: str | None) -> RequestPart | UnclearRequest:
        """The classifier's reading, among one agent's intents when the agent is given."""
        judgement = self.judgements[text]
        if agent is not None:
            own = tuple(intent for intent in self.catalogue.intents if self.catalogue.agent(intent) == agent)
            found = self._narrow(text, own, f"among what {agent} does")
            mass = sum(p for intent, p in judgement.ranking if intent in own)
            if mass >= self.thresholds.mass or isinstance(found, UnclearRequest):
                return found
            best = tuple(intent for intent, _ in judgement.ranking if intent in own)[:2]
            return UnclearRequest(text, best, mass, f"the words hardly resemble what {agent} does")
        named = bool(find_record_ids(text, self.rules))
        follows = self.last_agent is not None and not named
        if judgement.out_of_scope and not follows and not self._close_call(judgement):
            reason = f"it resembles nothing that {_list_names(self.catalogue.agents)} can do"
            return self.make_part(OUT_OF_SCOPE, text, "out_of_scope", judgement.confidence, reason)
        leaning = {} if named else self._compute_leaning()
        owner = self.catalogue.agent
        return self._pick_best(text, {i: p * leaning.get(owner(i) or "", 1) for i, p in judgement.ranking})

    def _compute_leaning(self) -> dict[str, float]:
        """How much likelier readings of an agent become by what came before and what came along."""
        leaning = {self.last_agent: self.thresholds.followup} if self.last_agent else {}
        attached = self.rules.attachments.get(self.attachment_kind or "")
        return leaning | ({attached.agent: self.thresholds.attached} if attached else {})

    def _narrow(
        self, text: str, intents: tuple[str, ...], reason: str, *, ask: bool = False
    ) -> RequestPart | UnclearRequest:
        """The classifier's reading among some intents; with ``ask`` the two best, however sure it is."""
        likely = {i: p for i, p in self.judgements[text].ranking if i in intents}
        if ask:
            return UnclearRequest(
                text, tuple(likely)[:2], next(iter(likely.values())), f"it does not say what is wanted ({reason})"
            )
        found = self._pick_best(text, likely)
        return replace(found, reason=f"{found.reason} ({reason})")

    def _close_call(self, judgement: Judgement) -> bool:
        """Whether out of scope leads so little that asking is better than turning away."""
        return judgement.ranking[0][0] == OUT_OF_SCOPE and judgement.margin < self.thresholds.margin

    def _pick_best(self, text: str, weights: Mapping[str, float]) -> RequestPart | UnclearRequest:
        """The likeliest reading when it is sure enough, after scaling the weights to sum 1."""
        total = sum(weights.values()) or 1.0
        ranking = sorted(((intent, p / total) for intent, p in weights.items()), key=lambda item: -item[1])
        (first, best), (second, next_best) = ranking[0], ranking[1] if len(ranking) > 1 else ("nothing else", 0.0)
        if best >= self.thresholds.accept and best - next_best >= self.thresholds.margin:
            return self.make_part(first, text, "classifier", best, f"the classifier is {best:.0%} sure of {first}")
        inside = tuple(intent for intent, _ in ranking if intent not in NOT_OFFERED)[:2]
        return UnclearRequest(text, inside, best, f"{first} ({best:.0%}) and {second} ({next_best:.0%}) are close")


def _list_names(names: tuple[str, ...]) -> str:
    return " or ".join(", ".join(names).rsplit(", ", 1))
