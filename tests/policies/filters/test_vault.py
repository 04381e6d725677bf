"""The vault: tokens that mean something to one tenant only, and nothing to whoever reads the disk."""

import json
import re
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from countersign.policies.crypto.private_keys import open_key_folder
from countersign.policies.errors import CountersignError, Tampered
from countersign.policies.filters.detectors.detect import detect_values
from countersign.policies.filters.detectors.match import SensitiveKind
from countersign.policies.filters.masker import _SEAM, Masker, _find_values, _make_lead, _texts
from countersign.policies.filters.masking_rules import FilterRules, Masking, merge_filters
from countersign.policies.filters.tokens import TOKEN, find_tokens
from countersign.policies.filters.vault import VAULT_SECRET, Vault, table
from countersign.policies.storage.database import begin_read, begin_write, make_sqlite_url, open_database
from countersign.policies.storage.schema import upgrade_schema
from databases import Databases
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select, update

CARD, IBAN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"


@pytest.fixture
def engine(databases: Databases, tmp_path: Path) -> Engine:
    return databases.open(tmp_path / "vault.db")


@pytest.fixture
def vault(engine: Engine, tmp_path: Path) -> Vault:
    return Vault(engine, lambda: open_key_folder(tmp_path).secret(VAULT_SECRET))


def veil_of(vault: Vault, *kinds: SensitiveKind) -> Masker:
    masking = merge_filters(
        [FilterRules(mask=kinds or (SensitiveKind.CARD, SensitiveKind.IBAN, SensitiveKind.SECRET, SensitiveKind.SSN))]
    )
    return Masker(vault, lambda: masking)


def test_equal_values_have_equal_tokens_and_tenants_have_their_own(vault: Vault) -> None:
    """Equality survives masking, whatever the spelling; another tenant's token differs and opens nothing here."""
    (one,), (other,) = (
        vault.keep("t1", [(SensitiveKind.CARD, CARD)]),
        vault.keep("t1", [(SensitiveKind.CARD, "4111-1111-11111111")]),
    )
    (foreign,) = vault.keep("t2", [(SensitiveKind.CARD, CARD)])
    assert one == other != foreign
    assert TOKEN.fullmatch(one)
    assert vault.values("t1", [one, foreign]) == {one: "4111111111111111"}
    assert vault.values("t2", [one]) == {}


def test_a_forged_token_is_nothing(vault: Vault) -> None:
    """Whoever writes a word that looks like a token gets that word back."""
    forged = "card_bbbbbbbbbbbbbb"
    assert vault.values("t1", [forged]) == {}
    masker = veil_of(vault)
    assert masker.reveal("t1", f"charge {forged}", [SensitiveKind.CARD]) == f"charge {forged}"


def test_a_forgotten_value_is_dead_and_comes_back_only_when_said_again(vault: Vault) -> None:
    """Erasure reaches every copy of the token at once."""
    (token,) = vault.keep("t1", [(SensitiveKind.IBAN, IBAN)])
    assert vault.forget_values("t2", [(SensitiveKind.IBAN, IBAN)]) == 0
    assert vault.forget_values("t1", [(SensitiveKind.IBAN, IBAN.lower())]) == 1
    assert vault.values("t1", [token]) == {}
    assert vault.keep("t1", [(SensitiveKind.IBAN, IBAN)]) == (token,)
    assert vault.values("t1", [token.upper()]) == {token: "DE89370400440532013000"}
    assert vault.forget("t1", [token]) == 1


def test_a_row_that_was_moved_or_changed_opens_nothing(vault: Vault, engine: Engine) -> None:
    """Write access to the table cannot make one token resolve to another's value, nor another tenant's."""
    one, two = vault.keep("t1", [(SensitiveKind.CARD, CARD), (SensitiveKind.CARD, "5500 0000 0000 0004")])
    with begin_write(engine) as connection:
        sealed = connection.execute(select(table.c.sealed).where(table.c.token == two)).scalar_one()
        connection.execute(update(table).where(table.c.token == one).values(sealed=sealed))
    with pytest.raises(Tampered, match=one):
        vault.values("t1", [one])
    with begin_write(engine) as connection:
        connection.execute(delete(table).where(table.c.token == one))
        connection.execute(update(table).where(table.c.token == two).values(tenant="t2"))
    with pytest.raises(Tampered, match=two):
        vault.values("t2", [two])


def test_masking_and_revealing_are_each_others_inverse(vault: Vault) -> None:
    """Nested data, numbers and keys included; masking twice is masking once."""
    masker = veil_of(vault)
    data = {
        "card": CARD,
        "n": 4111111111111111,
        "in": [f"pay {IBAN} by password=hunter2, {CARD}"],
        CARD: None,
        "k": True,
    }
    masked = masker.mask("t1", data)
    text = json.dumps(masked)
    assert not re.search(r"4111|3704|hunter2", text)
    assert masker.mask("t1", masked) == masked
    assert len(find_tokens(text)) == 3
    back = masker.reveal("t1", masked, [SensitiveKind.CARD, SensitiveKind.IBAN, SensitiveKind.SECRET])
    assert back["card"] == back["n"] == "4111111111111111"
    assert back["in"] == ["pay DE89370400440532013000 by password=hunter2, 4111111111111111"]
    assert masker.reveal("t1", masked, [SensitiveKind.IBAN])["card"] == masked["card"]
    assert masker.reveal("t2", masked, [SensitiveKind.CARD]) == masked


def test_the_name_of_a_field_tells_what_stands_in_it(vault: Vault) -> None:
    """A password in a field of its own looks like any word; the name beside it does not."""
    data: dict[str, Any] = {
        "user": "ann",
        "password": "hunter2",
        "login": [{"api_key": "correcthorse"}],
        "ssn": 536904399,
        "n": 536904399,
    }
    masked = veil_of(vault).mask("t1", data)
    assert masked["user"] == "ann"
    assert masked["n"] == 536904399
    assert masked["password"].startswith("secret_")
    assert masked["login"][0]["api_key"].startswith("secret_")
    assert masked["ssn"].startswith("ssn_")


def test_nothing_is_masked_that_no_pack_names(vault: Vault) -> None:
    """The same object comes back, at no cost in the vault."""
    data = {"card": CARD}
    assert Masker(vault, Masking).mask("t1", data) is data
    assert veil_of(vault, SensitiveKind.IBAN).mask("t1", data) is data


def test_a_token_touching_words_stays_one_word(vault: Vault) -> None:
    """A value glued to other characters does not make a token that nobody can read back."""
    masker = veil_of(vault, SensitiveKind.SECRET, SensitiveKind.CARD)
    masked = masker.mask("t1", "ref_AKIAIOSFODNN7EXAMPLE, 4111111111111111EUR, passwords=ab12cd34é")
    assert masker.reveal("t1", masked, [SensitiveKind.CARD]).count("4111111111111111") == 1


def test_the_disk_holds_no_raw_value(tmp_path: Path) -> None:
    """Whoever copies the database without the key folder has nothing; the key file is its owner's alone."""
    folder = tmp_path / "db"
    folder.mkdir()
    engine = open_database(make_sqlite_url(folder / "vault.db"))
    upgrade_schema(engine)
    vault = Vault(engine, lambda: open_key_folder(tmp_path).secret(VAULT_SECRET))
    (token,) = vault.keep("t1", [(SensitiveKind.SECRET, "sk_live_4eC39HqLyjWDarjtT1zdp7dc")])
    vault.keep("t1", [(SensitiveKind.CARD, CARD)])
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert token.encode() in written
    assert b"4eC39HqLyjWDarjtT1zdp7dc" not in written
    assert b"4111111111111111" not in written
    for path in (tmp_path / "keys").iterdir():
        assert path.stat().st_mode & 0o077 == 0
    engine.dispose()


def test_without_its_key_the_vault_is_closed(engine: Engine, vault: Vault, tmp_path: Path) -> None:
    """A key folder of another installation makes no second set of tokens pass for the first."""
    (token,) = vault.keep("t1", [(SensitiveKind.CARD, CARD)])
    stranger = Vault(engine, lambda: open_key_folder(tmp_path / "elsewhere").secret(VAULT_SECRET))
    with pytest.raises(CountersignError, match="another key"):
        stranger.values("t1", [token])


def _keep(url: str, home: str) -> list[str]:
    engine = open_database(url)
    upgrade_schema(engine)
    vault = Vault(engine, lambda: open_key_folder(Path(home)).secret(VAULT_SECRET))
    made = [
        vault.keep("t1", [(SensitiveKind.CARD, CARD), (SensitiveKind.SECRET, f"value-{number}")])
        for number in range(20)
    ]
    engine.dispose()
    return [token for pair in made for token in pair]


def test_processes_that_keep_the_same_values_at_once_agree(databases: Databases, tmp_path: Path) -> None:
    """The table and the key are made by whoever is first; nobody loses a value or fails in the race."""
    url = databases.url(tmp_path / "vault.db")
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        one, *others = [job.result() for job in [pool.submit(_keep, url, str(tmp_path)) for _ in range(3)]]
    assert all(other == one for other in others)
    engine = databases.open(tmp_path / "vault.db")
    vault = Vault(engine, lambda: open_key_folder(tmp_path).secret(VAULT_SECRET))
    assert len(vault.values("t1", one)) == 21
    with begin_read(engine) as connection:
        assert len(connection.execute(select(table)).all()) == 21


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [CARD, IBAN, "536-90-4399", "password", "hunter2", "sk-abcdefghijklmnopqrst", "x" * 30, "ssn"]
            ),
            st.text(alphabet="0123456789 -=:.aA\n\u200b", max_size=12),
        ),
        max_size=6,
    ),
    st.sampled_from(["", "password", "ssn", "note"]),
)
def test_looking_at_all_at_once_misses_nothing(texts: list[str], label: str) -> None:
    """The quick look that spares most data from a closer one may never be the reason that a value is kept."""
    kinds = frozenset(SensitiveKind)
    data = {label: texts}
    alone = any(_find_values(label, text, kinds) for text in texts)
    together = detect_values(_SEAM.join(f"{_make_lead(label)}{text}" for _, text in _texts(data)), kinds)
    assert together or not alone
