"""People tell the assistant what to remember, by their own words only: no model, no document, no guess.

It is a note of that person's, for them alone or for their team. Whatever the rules say of notes holds for it too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from ...memory.memory import Memory
from ...memory.records.items import NOTE, NewMemory
from ...memory.records.retention import NotRetained
from ...policies.audit.log import AuditEvent, AuditLog
from ...policies.domain.principal import Directory, Principal
from ...policies.errors import BadInput, NotAllowed
from ...tools.extraction.extract import extract_mentions
from ..runtime.conversations import Conversations
from ..runtime.services import RunContext
from .assistant_replies import make_own_reply
from .withdrawal import is_said_by

NOTED = "noted"
"""The key of the noted item's id in what the assistant found, and the intent of such a message."""
_LONGEST = 2000
_POLITE = (
    r"(?:(?:please|pls|ok|okay|hi|hello|also|and|"
    r"(?:can|could|would|will) you|i want you to|i'd like you to)[ ,.!]+)*"
)
_VERB = (
    r"(?:remember|memori[sz]e|keep in mind|bear in mind|(?:don't|do not|never) forget|"
    r"make a note|take a note|note down)"
)
_TEAM = r"(?P<team> for (?:my|the|our) team)?"
_SAID = re.compile(rf"{_POLITE}{_VERB}{_TEAM}(?: for (?:me|later))?(?:[ ,]+that\b|:)[ :]*(?P<what>.*)", re.DOTALL)
_FORGET = re.compile(rf"{_POLITE}forget (?:that|about|what|my notes?)\b[ :]+\w.*", re.DOTALL)
_FORGET_HOW = (
    "I erased nothing: that takes a command, so that no message can do it. `countersign memory search WORDS` shows the "
    "source of each note, `countersign memory forget SOURCE --source` erases it."
)


@dataclass(frozen=True, slots=True)
class NoteRequest:
    """What somebody wants remembered (empty when they did not say), and whether for their whole team."""

    text: str
    team: bool


def parse_note_request(text: str) -> NoteRequest | None:
    """What the message wants remembered, or ``None`` when it does not begin by saying so plainly."""
    said = text.strip().replace("’", "'")
    found = _SAID.fullmatch(said.lower()) if len(said) <= _LONGEST and len(said.lower()) == len(said) else None
    if found is None or said.endswith("?"):
        return None
    return NoteRequest(said[found.start("what") :].strip(), found["team"] is not None)


@dataclass(frozen=True, slots=True)
class PersonalNotes:
    """Keeps what a person tells the assistant to remember.

    Attributes:
        memory: where it is kept.
        conversations: has the words that were really said.
        directory: who is who.
        audit: the log.
        now: the clock.
    """

    memory: Memory
    conversations: Conversations
    directory: Directory
    audit: AuditLog
    now: Callable[[], datetime]

    def note_down(self, text: str, context: RunContext) -> dict[str, Any] | None:
        """Remembers what the person tells with this message and says so; ``None`` when it is about something else.

        The answer to an open question is about that, however it begins.

        A node that runs again after a crash writes the same note once more in its own place.

        Args:
            text: the person's message, as they sent it.
        """
        if not context.asked and len(text) <= _LONGEST and _FORGET.fullmatch(text.strip().replace("’", "'").lower()):
            return make_own_reply(_FORGET_HOW, "stopped")
        wish = None if context.asked else parse_note_request(text)
        if wish is None or not is_said_by(self.conversations, text, context):
            return None
        if not wish.text:
            return make_own_reply("What shall I remember? Say it in one message: “remember that …”", "stopped")
        principal = context.principal(self.directory)
        if wish.team and len(principal.teams) != 1:
            known = ", ".join(sorted(principal.teams)) or "none"
            return make_own_reply(
                f"I noted nothing, because I cannot tell which team you mean (yours: {known}).", "stopped"
            )
        visibility = f"team:{min(principal.teams)}" if wish.team else f"user:{principal.user_id}"
        source = make_notes_prefix(principal.user_id) + context.run
        try:
            kept = self._keep(principal, wish.text, visibility, source, context)
        except NotRetained as error:
            return make_own_reply(
                f"I noted nothing: {error} Your message itself stays in this conversation and in the log.", "stopped"
            )
        except (BadInput, NotAllowed) as error:  # a failure is no refusal: the run stops, and begins again
            return make_own_reply(f"I noted nothing: {error}", "stopped")
        for_whom = f"your team ({min(principal.teams)})" if wish.team else "you alone"
        erase = f"To erase it: `countersign memory forget {source} --source`"
        return make_own_reply(f"Noted, for {for_whom}: “{wish.text}”\n\n{erase}") | {"data": {NOTED: kept}}

    def _keep(self, principal: Principal, text: str, visibility: str, source: str, context: RunContext) -> str:
        item = NewMemory(
            text=text,
            kind=NOTE,
            source=source,
            visibility=visibility,
            subjects=tuple(sorted({item.canonical for item in extract_mentions(text).ids})),
            thread=context.thread,
            key=source,
        )
        kept = self.memory.remember(principal, item, now=self.now())
        body = {"id": kept, "kind": NOTE, "visibility": visibility, "source": source}
        self.audit.append(
            AuditEvent("memory.added", principal.user_id, principal.tenant, context.thread, context.run, body)
        )
        return kept


def make_notes_prefix(user_id: str) -> str:
    """How the sources of somebody's notes begin."""
    return f"notes/{quote(user_id, safe='')}/"
