"""Reviews are shown with the values in place of tokens to readers who may see them; all others read tokens."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from rich.text import Text

from ...policies.filters.tokens import TOKEN, find_tokens, restore_values
from ..terminal.unicode_safety import escape_unsafe

if TYPE_CHECKING:
    from ...policies.domain.principal import Principal
    from ...policies.filters.masker import Masker
    from .data_folder import DataFolder


def make_stored_masker(data_folder: "DataFolder") -> "Masker":
    """The masker of a data folder, without opening the whole assistant."""
    from ...policies.crypto.private_keys import open_key_folder
    from ...policies.filters.masker import Masker
    from ...policies.filters.vault import VAULT_SECRET, Vault
    from .rulebook import load_stored_rules

    vault = Vault(
        data_folder.engine, lambda: open_key_folder(data_folder.settings.home.absolute()).secret(VAULT_SECRET)
    )
    return Masker(vault, lambda: load_stored_rules(data_folder).masking)


def unmask_text(source: "DataFolder | Masker", reader: "Principal", text: Text) -> Text:
    """A text for the terminal; values are shown with nothing in them that could move the cursor."""
    known = _find_known(source, reader, text.plain)
    for match in reversed(list(TOKEN.finditer(text.plain)) if known else []):
        if value := known.get(match.group().lower()):
            text = text[: match.start()] + Text(escape_unsafe(value).replace("\n", " ")) + text[match.end() :]
    return text


def unmask_record(source: "DataFolder | Masker", reader: "Principal", record: dict[str, Any]) -> dict[str, Any]:
    """Plain JSON data for a program."""
    known = _find_known(source, reader, str(record))
    return cast(dict[str, Any], _put_back_in(record, known)) if known else record


def unmask_line(source: "DataFolder | Masker", reader: "Principal", line: str) -> str:
    """One line."""
    return restore_values(line, _find_known(source, reader, line).get)


def _find_known(source: "DataFolder | Masker", reader: "Principal", text: str) -> Mapping[str, str]:
    tokens = find_tokens(text)
    if not tokens:
        return {}
    from ...policies.filters.masker import Masker

    masker = source if isinstance(source, Masker) else make_stored_masker(source)
    return masker.resolve_tokens(reader.tenant, list(tokens), masker.masking().kinds_shown_to(reader.roles))


def _put_back_in(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return restore_values(value, known.get)
    if isinstance(value, Mapping):
        return {key: _put_back_in(item, known) for key, item in value.items()}
    return [_put_back_in(item, known) for item in value] if isinstance(value, list | tuple) else value
