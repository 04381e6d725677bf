"""A vault for questions: the same tokens as the installation's, but what is new is forgotten with it."""

from collections.abc import Callable, Collection, Iterable

from sqlalchemy import Engine

from .detectors.match import Kind
from .tokens import canonical_value, token_of
from .vault import Vault


class PassingVault(Vault):
    """Reads what the installation's vault keeps and writes nothing into it.

    Args:
        engine: the installation's database.
        key: as for :class:`.vault.Vault`.
    """

    def __init__(self, engine: Engine, key: Callable[[], bytes]) -> None:
        super().__init__(engine, key)
        self._passing: dict[tuple[str, str], str] = {}

    def keep(self, tenant: str, values: Iterable[tuple[Kind, str]]) -> tuple[str, ...]:
        """The tokens of values, which this vault alone reads back."""
        tokens = []
        for kind, found in values:
            value = canonical_value(kind, found)
            token = token_of(self._keys(tenant, "tokens"), kind, value)
            self._passing[tenant, token] = value
            tokens.append(token)
        return tuple(tokens)

    def values(self, tenant: str, tokens: Collection[str]) -> dict[str, str]:
        """What tokens stand for, kept here or in the installation."""
        found = super().values(tenant, tokens)
        mine = {token.lower() for token in tokens}
        return found | {
            name: value for (whose, name), value in self._passing.items() if whose == tenant and name in mine
        }
