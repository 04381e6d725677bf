"""Reviews with the values that their reader may see in the place of tokens; whoever may not see them reads tokens."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from rich.text import Text

from ...policies.filters.tokens import TOKEN, put_back, tokens_in
from ..terminal.unicode_safety import safe

if TYPE_CHECKING:
    from ...policies.domain.principal import Principal
    from ...policies.filters.masker import Veil
    from .open import Office


def veil_of(office: "Office") -> "Veil":
    """The veil of a data folder, without opening the whole assistant."""
    from ...policies.crypto.private_keys import key_folder
    from ...policies.filters.masker import Veil
    from ...policies.filters.vault import SECRET, Vault
    from .rulebook import rules_kept

    vault = Vault(office.engine, lambda: key_folder(office.settings.home.absolute()).secret(SECRET))
    return Veil(vault, lambda: rules_kept(office).masking)


def text_for(source: "Office | Veil", reader: "Principal", text: Text) -> Text:
    """A text for the terminal; values are shown with nothing in them that could move the cursor."""
    known = _known(source, reader, text.plain)
    for match in reversed(list(TOKEN.finditer(text.plain)) if known else []):
        if value := known.get(match.group().lower()):
            text = text[: match.start()] + Text(safe(value).replace("\n", " ")) + text[match.end() :]
    return text


def record_for(source: "Office | Veil", reader: "Principal", record: dict[str, Any]) -> dict[str, Any]:
    """Plain JSON data for a program."""
    known = _known(source, reader, str(record))
    return cast(dict[str, Any], _put(record, known)) if known else record


def line_for(source: "Office | Veil", reader: "Principal", line: str) -> str:
    """One line."""
    return put_back(line, _known(source, reader, line).get)


def _known(source: "Office | Veil", reader: "Principal", text: str) -> Mapping[str, str]:
    tokens = tokens_in(text)
    if not tokens:
        return {}
    from ...policies.filters.masker import Veil

    veil = source if isinstance(source, Veil) else veil_of(source)
    return veil.resolve_tokens(reader.tenant, list(tokens), veil.masking().kinds_shown_to(reader.roles))


def _put(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return put_back(value, known.get)
    if isinstance(value, Mapping):
        return {key: _put(item, known) for key, item in value.items()}
    return [_put(item, known) for item in value] if isinstance(value, list | tuple) else value
