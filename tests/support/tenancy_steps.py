"""What people of fifty tenants do in one memory, one action at a time, each checked against a dictionary."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from countersign.memory.adapters.langgraph_store import ChromaStore
from countersign.memory.export import export_rows
from countersign.memory.index.chroma_server import ChromaServer
from countersign.memory.index.vector_index import INDEX_LIMITS, IndexLimits
from countersign.memory.memory import Memory
from countersign.memory.records.items import NewMemory
from countersign.policies.domain.principal import Principal
from countersign.policies.errors import CountersignError
from countersign.policies.storage.database import make_sqlite_url, open_database
from langgraph.store.base import InvalidNamespaceError
from tenancy_names import LOOK_ALIKES
from word_embedder import WordEmbedder

MARK = re.compile(r"zq\d\dx")
ALL = 10_000


class Kept(NamedTuple):
    """What the model knows of one item; the place is ``(namespace, key)``."""

    value: dict[str, Any]
    author: str
    private: bool = False
    source: str = ""


@dataclass
class World:
    """The memory, through two doors, and what should be in it."""

    home: Path
    server: ChromaServer | None
    tally: Counter[str]
    model: dict[str, dict[tuple[tuple[str, ...], str], Kept]] = field(default_factory=dict)
    doors: list[Memory] = field(default_factory=list)
    limits: IndexLimits = INDEX_LIMITS

    def open(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        for _ in range(2):
            engine = open_database(make_sqlite_url(self.home / "countersign.db"))
            self.doors.append(Memory.open(self.home, engine, WordEmbedder(), server=self.server, limits=self.limits))
        self.doors[0].recall(Principal("ann", "acme"), "own the folder")

    def close(self) -> None:
        for memory in self.doors:
            memory.close()
            memory.rows.engine.dispose()
        self.doors.clear()

    def visible(self, who: Principal, prefix: tuple[str, ...] = ()) -> dict[tuple[tuple[str, ...], str], Kept]:
        mine = self.model.get(who.tenant, {})
        return {
            place: kept
            for place, kept in mine.items()
            if place[0][: len(prefix)] == prefix and (not kept.private or kept.author == who.user_id)
        }


def marker(tenant: str) -> str:
    return f"zq{LOOK_ALIKES.index(tenant):02d}x"


def no_others(who: Principal, said: object, *typed: str) -> None:
    """Nothing of another tenant stands in what was said, except what the caller typed."""
    assert set(MARK.findall(repr(said))) <= {marker(who.tenant), *typed}, (who, said)


def shown(found: list[Any]) -> list[tuple[tuple[str, ...], str, str]]:
    return sorted((item.namespace, item.key, repr(item.value)) for item in found)


def expected(kept: dict[tuple[tuple[str, ...], str], Kept]) -> list[tuple[tuple[str, ...], str, str]]:
    return sorted((space, key, repr(item.value)) for (space, key), item in kept.items())


@dataclass
class Step:
    """One action of one person, checked against the model."""

    world: World
    memory: Memory
    who: Principal
    other: Principal
    space: tuple[str, ...]
    number: int

    def do(self, action: str) -> None:
        getattr(self, action)()

    @property
    def mine(self) -> dict[tuple[tuple[str, ...], str], Kept]:
        return self.world.model.setdefault(self.who.tenant, {})

    @property
    def key(self) -> str:
        return ("k1", "k2", "K1", "k1 ", "k", f"own-{marker(self.who.tenant)}")[self.number]

    @property
    def value(self) -> dict[str, Any]:
        return {"text": f"word fact {marker(self.who.tenant)} n{self.number}", "n": self.number}

    def put(self) -> None:
        how: list[Any] = [None, None, False, ["text"], ["text", "missing"], None]
        ChromaStore(self.memory, self.who).put(self.space, self.key, self.value, index=how[self.number])
        self.mine[(self.space, self.key)] = Kept(self.value, self.who.user_id)

    def expiring(self) -> None:
        ChromaStore(self.memory, self.who).put(self.space, self.key, self.value, ttl=1e-6)
        self.mine.pop((self.space, self.key), None)

    def delete(self) -> None:
        ChromaStore(self.memory, self.who).delete(self.space, self.key)
        self.mine.pop((self.space, self.key), None)

    def get(self) -> None:
        found = ChromaStore(self.memory, self.who).get(self.space, self.key)
        kept = self.mine.get((self.space, self.key))
        assert (found and found.value) == (kept and kept.value)

    def search(self) -> None:
        self._same(self.space)

    def ranked(self) -> None:
        self._same(self.space, query=f"fact n{self.number}")

    def filter(self) -> None:
        tests: dict[str, Callable[[int], bool]] = {
            "": lambda n: n == self.number,
            "$gte": lambda n: n >= self.number,
            "$ne": lambda n: n != self.number,
        }
        for wanted in ({"n": self.number}, {"n": {"$gte": self.number}}, {"n": {"$ne": self.number}}):
            for query in (None, "word"):
                found = ChromaStore(self.memory, self.who).search(self.space, query=query, filter=wanted, limit=ALL)
                kept = self.world.visible(self.who, self.space)
                fits = tests[next(iter(wanted["n"])) if isinstance(wanted["n"], dict) else ""]
                assert shown(found) == expected({place: item for place, item in kept.items() if fits(item.value["n"])})

    def _same(self, prefix: tuple[str, ...], **how: Any) -> None:
        found = ChromaStore(self.memory, self.who).search(prefix, limit=ALL, **how)
        assert shown(found) == expected(self.world.visible(self.who, prefix))

    def pages(self) -> None:
        """A cursor never leads out of the tenant, however far it is moved."""
        store = ChromaStore(self.memory, self.who)
        for query in (None, "word"):
            seen: list[Any] = []
            for offset in range(0, len(self.world.visible(self.who)) + 4, 3):
                seen += store.search((), query=query, limit=3, offset=offset)
            assert shown(seen) == expected(self.world.visible(self.who))
        assert store.search((), limit=ALL, offset=ALL) == []

    def namespaces(self) -> None:
        found = ChromaStore(self.memory, self.who).list_namespaces(prefix=self.space[:1], limit=ALL)
        assert found == sorted({space for space, _ in self.world.visible(self.who, self.space[:1])})

    def remember(self) -> None:
        key, text = f"r{self.number}", f"word fact {marker(self.who.tenant)} r{self.number}"
        private = self.number % 2 == 0
        item = NewMemory(text, key=key, visibility="" if private else "org", source=f"s{self.number}")
        self.memory.remember(self.who, item)
        place = (("countersign", "note"), f"{self.who.user_id}/{key}")
        self.mine[place] = Kept({"text": text, "extra": {}}, self.who.user_id, private, item.source)

    def recall(self) -> None:
        texts = {item.text for item in self.memory.recall(self.who, f"word fact r{self.number}", limit=50)}
        known = {kept.value["text"] for place, kept in self.world.visible(self.who, ("countersign",)).items()}
        assert texts <= known
        assert bool(texts) is bool(known)

    def export(self) -> None:
        rows = self.memory.rows
        pages = [rows.scan(self.memory.scope(self.who, prefix=()), limit=4, offset=at) for at in range(0, 400, 4)]
        found = [row for page in pages for row in page]
        assert {row.tenant for row in found} <= {self.who.tenant}
        assert shown(found) == expected(self.world.visible(self.who))
        handed = [
            (tuple(one["namespace"]), one["key"], repr(one["value"])) for one in export_rows(self.memory, self.who)
        ]
        assert sorted(handed) == expected(self.world.visible(self.who))
        for about in (self.who.user_id, self.other.tenant, marker(self.other.tenant)):
            no_others(self.who, list(export_rows(self.memory, self.who, about)))

    def others_key(self) -> None:
        """Another tenant's key, in words: nothing is found, and nothing of theirs is deleted."""
        typed = f"own-{marker(self.other.tenant)}"
        store = ChromaStore(self.memory, self.who)
        found = store.get(self.space, typed)
        if self.other.tenant != self.who.tenant:
            assert found is None
            store.delete(self.space, typed)

    def others_id(self) -> None:
        """Another tenant's row ids, with one's own scope."""
        if self.other.tenant == self.who.tenant:
            return
        theirs = [row.id for row in self.memory.rows.scan(self.memory.scope(self.other, prefix=()))]
        assert self.memory.rows.fetch(theirs, self.memory.scope(self.who, prefix=())) == {}

    def others_words(self) -> None:
        """Another tenant's words and vectors as a question."""
        typed = marker(self.other.tenant)
        question = f"word fact {typed} n{self.number}"
        for said in (
            self.memory.recall(self.who, question, limit=50),
            ChromaStore(self.memory, self.who).search((), query=question, limit=ALL),
            ChromaStore(self.memory, self.who).search((), filter={"text": question}),
        ):
            no_others(self.who, said)

    def refused(self) -> None:
        """A refusal says nothing that only another tenant knows."""
        store = ChromaStore(self.memory, self.who)
        attempts: list[Any] = [
            lambda: store.put(("countersign", "note"), f"ann/r{self.number}", self.value),
            lambda: store.put(self.space, self.key, {"x": {1, 2}}),
            lambda: store.search(self.space, filter={"n": {"$where": 1}}),
            lambda: store.put((*self.space, "a.b"), self.key, self.value),
            lambda: self.memory.remember(self.who, NewMemory("x", visibility=f"user:{self.other.tenant}")),
            lambda: self.memory.remember(self.who, NewMemory("x" * 30_000, key="r1")),
        ]
        before = dict(self.mine)
        try:
            attempts[self.number]()
        except (CountersignError, InvalidNamespaceError) as error:
            no_others(self.who, [str(error), error.__cause__])
        else:
            assert self.number == 2
            assert not self.world.visible(self.who, self.space)
        assert before == self.mine

    def forget(self) -> None:
        receipt = self.memory.forget(self.who, self.who.user_id)
        gone = [place for place, kept in self.mine.items() if kept.author == self.who.user_id]
        for place in gone:
            del self.mine[place]
        assert receipt.erased >= len(gone)
        no_others(self.who, receipt)

    def purge(self) -> None:
        receipt = self.memory.forget_source(self.who, f"s{self.number}")
        gone = [place for place, kept in self.mine.items() if kept.source == f"s{self.number}"]
        for place in gone:
            del self.mine[place]
        assert receipt.erased == len(gone)

    def sweep(self) -> None:
        self.memory.sweep()

    def reopen(self) -> None:
        if self.number == 0:
            self.world.close()
            self.world.open()
