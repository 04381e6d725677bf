"""Conversations of a user with the assistant over many sessions, and questions labelled with their evidence turns.

What makes them hard: a fact is worded otherwise than the question; every attribute is agreed with several companies;
some facts say "they", the company was named a turn or two before; acknowledgements and requests name the
same companies and the same topics without any fact; events repeat; facts change later. Tuning and held-out
conversations share no wording, no company and no user. One seed gives the same conversations for ever.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from .agreements import ATTRIBUTES
from .bridges import BRIDGES
from .happenings import HAPPENINGS
from .smalltalk import COMPANIES, GO_ON, LEADS, NAMING, NOTED, REQUESTS, TAILS, USERS

SEED = 20261121
SESSIONS, PER_HALF = 10, 12
ASSISTANT = "Assistant"
MONTHS = ("January February March April May June July August September October November December").split()
TYPES = ("single-hop", "multi-hop", "temporal", "updated")


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that was said; ``number`` is its place in the conversation."""

    number: int
    session: int
    day: date
    speaker: str
    text: str

    @property
    def dated(self) -> str:
        """The text as it is remembered: with day and speaker, which questions ask for."""
        return f"{self.day.day} {MONTHS[self.day.month - 1]} {self.day.year}, {self.speaker}: {self.text}"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and the turns that are needed to answer."""

    type: str
    shape: str
    text: str
    evidence: frozenset[int]


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation."""

    id: str
    half: str
    user: str
    turns: tuple[Turn, ...]
    questions: tuple[Question, ...]


@dataclass(slots=True)
class _Fact:
    """Something to be said: by whom it is found again, in which session, and (once said) in which turn."""

    company: str
    text: str
    session: int
    they: str = ""
    turn: int = -1
    day: date = field(default=date.min)


def they(wording: str) -> str:
    """A wording that begins with ``{c}`` and a verb, said of "them"."""
    _, verb, rest = wording.split(" ", 2)
    plural = {"has": "have", "was": "were"}.get(verb, verb.removesuffix("s"))
    rest = rest.replace(" its ", " their ").replace("answers for", "answer for").replace("gives us", "give us")
    return f"They {plural} {rest}"


def conversations(seed: int = SEED) -> list[Talk]:
    """All conversations: the tuning half, then the held-out half."""
    return [
        _Writer(random.Random(f"{seed}/{half}/{number}"), half, number).write()
        for half in COMPANIES
        for number in range(PER_HALF)
    ]


class _Writer:
    """Writes one conversation: facts first, then sessions around them, then questions about them."""

    def __init__(self, dice: random.Random, half: str, number: int) -> None:
        self.dice = dice
        self.half, self.number = half, number
        self.user = USERS[half][number % len(USERS[half])]
        self.companies = dice.sample(COMPANIES[half], 7)
        self.turns: list[Turn] = []
        self.attributes: dict[tuple[str, str], _Fact] = {}
        self.changes: dict[tuple[str, str], _Fact] = {}
        self.bridges: dict[tuple[str, str], tuple[str, _Fact]] = {}
        self.events: dict[tuple[str, str], list[tuple[str, _Fact]]] = {}

    def pick(self, wordings: tuple[str, ...]) -> str:
        """One of this half's wordings."""
        return self.dice.choice(wordings[:2] if self.half == "tuning" else wordings[2:])

    def name(self, company: str) -> str:
        """The company as people call it: often by its first word alone."""
        return company if self.dice.random() < 0.5 else company.split()[0]

    def write(self) -> Talk:
        self._agreements()
        self._bridges()
        self._happenings()
        self._sessions()
        questions: list[Question] = []
        self._single(questions)
        self._multi(questions)
        self._temporal(questions)
        self._updated(questions)
        return Talk(f"{self.half[:4]}-{self.number}", self.half, self.user, tuple(self.turns), tuple(questions))

    def _fact(self, company: str, wording: str, session: int, **more: str) -> _Fact:
        text = wording.format(c=self.name(company), **more)
        hidden = wording.startswith("{c} ") and self.dice.random() < 0.4
        return _Fact(company, text, session, they(wording).format(**more) if hidden else "")

    def _agreements(self) -> None:
        for company in self.companies:
            for name in self.dice.sample(sorted(ATTRIBUTES), 6):
                kind = ATTRIBUTES[name]
                old, new = self.dice.sample(kind.values, 2)
                session = self.dice.randrange(SESSIONS - 3)
                self.attributes[company, name] = self._fact(company, self.pick(kind.said), session, v=old)
                if self.dice.random() < 0.18:
                    later = self.dice.randrange(session + 1, SESSIONS)
                    self.changes[company, name] = self._fact(company, self.pick(kind.changed), later, v=new)

    def _bridges(self) -> None:
        for kind, bridge in BRIDGES.items():
            names = self.dice.sample(bridge.names, 3)
            for company, name in zip(self.dice.sample(self.companies, 3), names, strict=True):
                fact = self._fact(company, self.pick(bridge.said), self.dice.randrange(SESSIONS), n=name)
                fact.they = ""  # without the company's name it would be no bridge
                self.bridges[company, kind] = (name, fact)

    def _happenings(self) -> None:
        for kind, happening in HAPPENINGS.items():
            for company in self.dice.sample(self.companies, 3):
                sessions = sorted(self.dice.sample(range(SESSIONS), 3))
                details = self.dice.sample(happening.details, 3)
                self.events[company, kind] = [
                    (asked, self._fact(company, self.pick(happening.said), session, d=said))
                    for session, (said, asked) in zip(sessions, details, strict=True)
                ]

    def _sessions(self) -> None:
        facts = [*self.attributes.values(), *self.changes.values()]
        facts += [fact for _, fact in self.bridges.values()]
        facts += [fact for found in self.events.values() for _, fact in found]
        day = date(2026, 1, 5) + timedelta(days=self.dice.randrange(20))
        for session in range(SESSIONS):
            mine = [fact for fact in facts if fact.session == session]
            self.dice.shuffle(mine)
            for fact in mine:
                while self.dice.random() < 0.4:
                    self._request(session, day)
                self._state(fact, session, day)
            self._request(session, day)
            # Sessions fall into different months, so that "in March" means one of them.
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1 + self.dice.randrange(26))

    def _say(self, session: int, day: date, speaker: str, text: str) -> int:
        self.turns.append(Turn(len(self.turns), session, day, speaker, text))
        return len(self.turns) - 1

    def _request(self, session: int, day: date) -> None:
        asked, answered = self.dice.choice(REQUESTS)
        company = self.name(self.dice.choice(self.companies))
        self._say(session, day, self.user, asked.format(c=company))
        self._say(session, day, ASSISTANT, answered.format(c=company))

    def _state(self, fact: _Fact, session: int, day: date) -> None:
        company = self.name(fact.company)
        text = fact.text
        if fact.they:
            self._say(session, day, self.user, self.dice.choice(NAMING).format(c=company))
            self._say(session, day, ASSISTANT, self.dice.choice(GO_ON))
            text = fact.they
        lead = "" if fact.they else self.dice.choice(LEADS)
        if lead.endswith(", ") and not text.startswith(fact.company.split()[0]):
            text = text[:1].lower() + text[1:]
        fact.turn = self._say(session, day, self.user, f"{lead}{text}{self.dice.choice(TAILS)}")
        fact.day = day
        self._say(session, day, ASSISTANT, self.dice.choice(NOTED).format(c=company))

    def _steady(self, names: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        """Agreements that never change, of these attributes or of all."""
        return [key for key in self.attributes if key not in self.changes and (not names or key[1] in names)]

    def _single(self, questions: list[Question]) -> None:
        for company, name in self.dice.sample(self._steady(), 6):
            text = self.pick(ATTRIBUTES[name].asked).format(w=company)
            self._ask(questions, "single-hop", "agreement", text, self.attributes[company, name])

    def _multi(self, questions: list[Question]) -> None:
        steady = self._steady()
        bridged = [(key, kind) for key in steady for kind in BRIDGES if (key[0], kind) in self.bridges]
        for (company, name), kind in self.dice.sample(bridged, 4):
            alias, fact = self.bridges[company, kind]
            who = self.pick(BRIDGES[kind].described).format(n=alias)
            text = self.pick(ATTRIBUTES[name].asked).format(w=who)
            self._ask(questions, "multi-hop", "bridge", text, fact, self.attributes[company, name])
        for _ in range(2):
            (one, first), (two, second) = self.dice.sample(steady, 2)
            start = self.pick(ATTRIBUTES[first].asked).format(w=one).rstrip("?")
            end = self.pick(ATTRIBUTES[second].asked).format(w=two)
            text = f"{start}, and {end[0].lower()}{end[1:]}"
            self._ask(questions, "multi-hop", "both", text, self.attributes[one, first], self.attributes[two, second])
        pairs = [
            (one, two)
            for one in steady
            for two in steady
            if one[1] == two[1] and one[0] < two[0] and ATTRIBUTES[one[1]].compared
        ]
        for left, right in self.dice.sample(pairs, min(2, len(pairs))):
            text = self.pick(ATTRIBUTES[left[1]].compared).format(a=left[0], b=right[0])
            self._ask(questions, "multi-hop", "comparison", text, self.attributes[left], self.attributes[right])
        company = self.dice.choice([own for own in self.companies if sum(key[0] == own for key in steady) >= 3])
        three = self.dice.sample([key for key in steady if key[0] == company], 3)
        nouns = [self.pick(ATTRIBUTES[key[1]].nouns) for key in three]
        lead = "Give me an overview of" if self.half == "tuning" else "I need, for a memo,"
        text = f"{lead} {company}: {nouns[0]}, {nouns[1]} and {nouns[2]}."
        self._ask(questions, "multi-hop", "overview", text, *(self.attributes[key] for key in three))

    def _temporal(self, questions: list[Question]) -> None:
        keys = list(self.events)
        for company, kind in self.dice.sample(keys, 3):
            _, fact = self.dice.choice(self.events[company, kind])
            month = MONTHS[fact.day.month - 1]
            self._ask(questions, "temporal", "what", self.pick(HAPPENINGS[kind].what).format(c=company, m=month), fact)
        for company, kind in self.dice.sample(keys, 2):
            asked, fact = self.dice.choice(self.events[company, kind])
            self._ask(questions, "temporal", "when", self.pick(HAPPENINGS[kind].when).format(c=company, p=asked), fact)
        (one, first), (two, second) = self.dice.sample(keys, 2)
        (was, fact), (other, later) = (
            self.dice.choice(self.events[one, first]),
            self.dice.choice(self.events[two, second]),
        )
        nouns = [
            self.pick(HAPPENINGS[first].noun).format(c=one, p=was),
            self.pick(HAPPENINGS[second].noun).format(c=two, p=other),
        ]
        lead = "Which came first:" if self.half == "tuning" else "What happened earlier,"
        self._ask(questions, "temporal", "order", f"{lead} {nouns[0]} or {nouns[1]}?", fact, later)

    def _updated(self, questions: list[Question]) -> None:
        present = (
            (" now", " today", " at present") if self.half == "tuning" else (" by now", " currently", " these days")
        )
        keys = list(self.changes)
        for company, name in self.dice.sample(keys, min(5, len(keys))):
            text = self.pick(ATTRIBUTES[name].asked).format(w=company).rstrip("?") + self.dice.choice(present) + "?"
            self._ask(questions, "updated", "latest", text, self.changes[company, name])

    @staticmethod
    def _ask(questions: list[Question], kind: str, shape: str, text: str, *facts: _Fact) -> None:
        questions.append(Question(kind, shape, text, frozenset(fact.turn for fact in facts)))
