"""The router finds the agent for a message: 1 rules, 2 the trained classifier, 3 a model if there is one, 4 a person.

The second layer is the classifier with, beside it, what extensions taught (:mod:`.prototypes`).

``route_message`` is a pure function over what the classifier judged. ``Router`` makes the vectors, asks the model
where the first two layers are unsure, and is what the graph calls. Routing decides who works, never what is allowed.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Protocol, Self

from ...memory.embeddings.embedder import Embedder
from ...policies.errors import BadInput, CountersignError
from .clarification import CHOICE_REASON, ask_back, find_choice, is_bare_choice, route_to_person
from .classifier import Classifier, Judgement
from .classifier_file import load_classifier
from .example_vectors import embed_examples
from .intents import OUT_OF_SCOPE, Catalogue, IntentFolder, load_catalogue
from .prototypes import ExtendedClassifier, TaughtExamples, list_taught_examples
from .record_ids import find_record_ids, replace_record_ids
from .resolver import RequestResolver, UnclearRequest
from .route import Clarification, RequestPart, Route, make_route
from .rules import RoutingRules, RoutingThresholds, load_all_rules
from .splitter import split_requests

SMALL_TALK = ("greeting", "thanks")


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What a model makes of an unclear request: one of the offered intents, and how sure it is, 0 to 1."""

    intent: str
    confidence: float


class ModelRouter(Protocol):
    """The third layer: a model that picks among readings."""

    async def choose(self, text: str, readings: Mapping[str, str]) -> ModelChoice | None:
        """Pick one of the intents.

        Args:
            text: the unclear request.
            readings: intent ids and what they mean, likeliest first.

        Returns:
            The choice, or ``None`` when the model cannot tell.
        """
        ...


def list_texts_to_judge(message: str, rules: RoutingRules) -> tuple[str, ...]:
    """The texts that ``route_message`` needs judgements of: the message as read, and its requests."""
    read = _read(message, rules.thresholds)
    requests = split_requests(read, rules)
    return tuple(dict.fromkeys((read, *requests))) if len(requests) <= rules.thresholds.max_parts else (read,)


def route_message(
    message: str,
    *,
    attachment_kind: str | None = None,
    last_agent: str | None = None,
    judgements: Mapping[str, Judgement],
    catalogue: Catalogue,
    rules: RoutingRules,
    thresholds: RoutingThresholds | None = None,
    clarifying: Clarification | None = None,
) -> Route:
    """Where a message goes. Pure: the same arguments give the same route.

    Args:
        message: what the user wrote; may be empty only with an attachment.
        attachment_kind: ``"contract"`` or ``"invoice"`` when such a file came along.
        last_agent: the agent that answered last in this thread.
        judgements: the classifier's judgement of each of ``list_texts_to_judge(message)``.
        catalogue: the intents.
        rules: the routing rules.
        thresholds: instead of the rules' own.
        clarifying: the question that this message may answer.

    Raises:
        BadInput: the message is empty and nothing is attached.
    """
    limits = thresholds or rules.thresholds
    read = _read(message, rules.thresholds)
    resolver = RequestResolver(catalogue, rules, limits, judgements, attachment_kind, last_agent)
    if not read:
        if attachment_kind not in rules.attachments:
            raise BadInput("The message is empty. Say what you need, or attach a contract or an invoice.")
        reason = f"a file of kind {attachment_kind} is attached"
        return make_route((resolver.make_part(rules.attachments[attachment_kind].intent, "", "rule", 1.0, reason),))
    if clarifying is not None:
        return _route_answer(read, _drop_unknown(clarifying, catalogue), resolver)
    notes = (
        (f"only the first {len(read)} characters were read for routing",) if len(message.strip()) > len(read) else ()
    )
    return _route_new(read, resolver, notes)


def _route_new(read: str, resolver: RequestResolver, notes: tuple[str, ...] = ()) -> Route:
    texts = split_requests(read, resolver.rules)
    if len(texts) > resolver.thresholds.max_parts:
        reason = f"it holds {len(texts)} requests, and at most {resolver.thresholds.max_parts} can be taken at once"
        return ask_back(UnclearRequest(read, (), 0.0, reason), resolver.catalogue)
    found = [resolver.resolve(text) for text in texts]
    unclear = [item for item in found if isinstance(item, UnclearRequest)]
    settled = [item for item in found if isinstance(item, RequestPart) and item.intent != OUT_OF_SCOPE]
    outside = [item for item in found if isinstance(item, RequestPart) and item.intent == OUT_OF_SCOPE]
    if unclear:
        whole = resolver.resolve(read)
        if isinstance(whole, RequestPart) and whole.intent != OUT_OF_SCOPE and not settled:
            return make_route((whole,), notes)
        if len(unclear) == 1:
            return ask_back(unclear[0], resolver.catalogue, _merge_parts(settled, resolver.rules))
        return ask_back(whole if isinstance(whole, UnclearRequest) else unclear[0], resolver.catalogue)
    if not settled:
        return make_route((outside[0],), notes)
    notes += tuple(f"left out as none of our business: “{item.text}”" for item in outside)
    return make_route(_merge_parts(settled, resolver.rules), notes)


def _route_answer(answer: str, waiting: Clarification, resolver: RequestResolver) -> Route:
    """The route after a clarifying question: the answer picks, or starts something new, or a person takes over."""
    intent = find_choice(answer, waiting, resolver, resolver.judgements)
    if intent is not None:
        text = waiting.text if is_bare_choice(answer) else f"{waiting.text}\n{answer}"
        part = resolver.make_part(intent, text, "rule", 1.0, CHOICE_REASON)
        return make_route((*waiting.settled, part))
    said = _route_new(answer, resolver)
    if said.how == "clarify" or said.intent in (OUT_OF_SCOPE, "agree", "disagree"):
        return route_to_person(waiting, resolver.catalogue)
    return said if said.intent == "cancel" else make_route((*waiting.settled, *said.parts))


def _drop_unknown(waiting: Clarification, catalogue: Catalogue) -> Clarification:
    """The question without what left with an extension meanwhile; without one of its readings it offers none."""
    known = all(intent in catalogue.intents for intent in waiting.candidates)
    settled = tuple(part for part in waiting.settled if part.intent in catalogue.intents)
    return replace(waiting, candidates=waiting.candidates if known else (), settled=settled)


def _merge_parts(parts: Sequence[RequestPart], rules: RoutingRules) -> tuple[RequestPart, ...]:
    """Small talk beside work is dropped; neighbours of one intent become one part unless each names its own id."""
    work = [part for part in parts if part.intent not in SMALL_TALK] or list(parts[:1])
    merged: list[RequestPart] = []
    for part in work:
        last = merged[-1] if merged else None
        if (
            last
            and last.intent == part.intent
            and not (find_record_ids(last.text, rules) and find_record_ids(part.text, rules))
        ):
            surer = max(last, part, key=lambda item: item.confidence)
            merged[-1] = replace(surer, text=f"{last.text} {part.text}")
        else:
            merged.append(part)
    return tuple(merged)


def _read(message: str, thresholds: RoutingThresholds) -> str:
    return message.strip()[: thresholds.max_chars].strip()


class _LazyJudgements(Mapping[str, Judgement]):
    """The judgements of a message, made when the first one is looked at: what a rule settles costs no embedding."""

    def __init__(self, judge: Callable[[], dict[str, Judgement]]) -> None:
        self._all = cache(judge)

    def __getitem__(self, text: str) -> Judgement:
        return self._all()[text]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


class Router:
    """All four layers, with everything loaded. Safe to share between tasks.

    Args:
        catalogue: the intents.
        rules: the routing rules.
        classifier: the one that came with the intents.
        model: asked where the first two layers are unsure; ``None`` to ask the person.
        in_force: gives the classifier of the moment, when it is retrained; looked at for each message. Whichever it
            is, the intents of extensions stand beside it.
        kept_vectors: the file that keeps the vectors of extensions' examples from one start to the next.

    Raises:
        BadInput: too few examples of an extension's intent differ in more than the ids that they name.
    """

    def __init__(
        self,
        embedder: Embedder,
        catalogue: Catalogue,
        rules: RoutingRules,
        classifier: Classifier,
        *,
        model: ModelRouter | None = None,
        in_force: Callable[[], Classifier] | None = None,
        kept_vectors: Path | None = None,
    ) -> None:
        self._embedder = embedder
        self._model = model
        self.catalogue = catalogue
        self.rules = rules
        self._shipped = classifier
        self._in_force = in_force
        self._taught = list_taught_examples(catalogue, rules)
        self._kept_vectors = kept_vectors
        self._extended: ExtendedClassifier | None = None

    @classmethod
    def load(
        cls,
        embedder: Embedder,
        intents: IntentFolder,
        *extensions: IntentFolder,
        agents: Collection[str] | None = None,
        model: ModelRouter | None = None,
        in_force: Callable[[], Classifier] | None = None,
        kept_vectors: Path | None = None,
    ) -> Self:
        """A router of the intents, rules and classifier in a folder, and of the intents that extensions bring.

        Nothing is embedded yet: the first message that no rule settles pays for the examples of extensions.

        Args:
            intents: those that a classifier was trained on.
            extensions: those of extensions.
            agents: those that there are; what others do is handed to their departments. None for all.

        Raises:
            BadInput: an intent, rule or classifier file is missing or malformed, two of them claim one name or message,
                or the classifier was trained on another embedder's vectors.
        """
        catalogue = load_catalogue(intents, *extensions)
        rules = load_all_rules(catalogue, intents, *extensions)
        classifier = load_classifier(intents.classifier, embedder=embedder.name)
        if agents is not None:
            catalogue, rules = catalogue.restrict(agents), rules.restrict(agents)
        return cls(embedder, catalogue, rules, classifier, model=model, in_force=in_force, kept_vectors=kept_vectors)

    @property
    def classifier(self) -> Classifier:
        """The trained classifier that judges messages now."""
        return self._in_force() if self._in_force else self._shipped

    def _extend(self, trained: Classifier, taught: TaughtExamples) -> ExtendedClassifier:
        """The classifier with the prototypes of extensions beside it; made once for each classifier."""
        if self._extended is None or self._extended.trained is not trained:
            known = self._extended
            vectors = known.vectors if known else embed_examples(taught.texts, self._embedder, self._kept_vectors)
            handed = {name: intent.handoff for name, intent in self.catalogue.intents.items() if intent.handoff}
            self._extended = ExtendedClassifier(trained, taught, vectors, handed)
        return self._extended

    def judge(self, message: str) -> dict[str, Judgement]:
        """The classifier's judgement of each text that ``route_message`` needs, by one run of the embedder."""
        texts = [text for text in list_texts_to_judge(message, self.rules) if text]
        read = [replace_record_ids(text, self.rules) for text in texts]
        vectors = self._embedder.embed(read)
        trained = self.classifier
        classifier = self._extend(trained, self._taught) if self._taught else trained
        found = [classifier.classify(*pair) for pair in zip(read, vectors, strict=True)]
        return dict(zip(texts, found, strict=True))

    async def route(
        self,
        message: str,
        *,
        attachment_kind: str | None = None,
        last_agent: str | None = None,
        clarifying: Clarification | None = None,
    ) -> Route:
        """Where a message goes; asks the model, when there is one, before asking the user.

        Raises:
            BadInput: the message is empty and nothing is attached.
        """
        found = route_message(
            message,
            attachment_kind=attachment_kind,
            last_agent=last_agent,
            judgements=_LazyJudgements(lambda: self.judge(message)),
            catalogue=self.catalogue,
            rules=self.rules,
            clarifying=clarifying,
        )
        if self._model is None or found.clarification is None or not found.clarification.candidates:
            return found
        return await self._ask_model(found, found.clarification, self._model)

    async def _ask_model(self, found: Route, open_question: Clarification, model: ModelRouter) -> Route:
        first = open_question.candidates
        readings = {intent: self.catalogue.intents[intent].reading for intent in (*first, *self.catalogue.intents)}
        try:
            choice = await model.choose(open_question.text, readings)
        except CountersignError as error:
            return _add_note(found, f"the model could not be asked: {error}")
        if choice is None or choice.intent not in readings:
            return _add_note(found, "the model could not tell either")
        thresholds = self.rules.thresholds
        if not thresholds.accept <= choice.confidence <= 1:
            return _add_note(found, f"the model is only {choice.confidence:.0%} sure of {choice.intent}")
        resolver = RequestResolver(self.catalogue, self.rules, thresholds, {})
        reason = f"the model chose {choice.intent}"
        part = resolver.make_part(choice.intent, open_question.text, "model", choice.confidence, reason)
        return make_route(_merge_parts((*open_question.settled, part), self.rules))


def _add_note(found: Route, note: str) -> Route:
    return replace(found, reasons=(*found.reasons, note))
