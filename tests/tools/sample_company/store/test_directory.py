"""The directory of employees: who may ask, read fresh each time."""

import sqlite3
from pathlib import Path

import pytest
from countersign.policies.domain.principal import require_principal
from countersign.policies.errors import NotAllowed
from countersign.tools.connectors.sql.engine import make_engine
from countersign.tools.connectors.sql.sql_records import SqlRecords
from countersign.tools.sample_company.store.directory import CompanyDirectory


def change(tmp_path: Path, statement: str) -> None:
    raw = sqlite3.connect(tmp_path / "company.db")
    with raw:
        raw.execute(statement)
    raw.close()


def test_a_principal_carries_what_policy_needs(records: SqlRecords) -> None:
    """Packs and separation of duties read these fields."""
    mara = require_principal(CompanyDirectory(records), "mara.voss")
    assert mara.tenant == "halden-birch"
    assert mara.roles == {"employee", "support_agent"}
    assert mara.teams == {"support"}
    assert mara.manager == "tom.adler"
    assert mara.name == "Mara Voss"


def test_two_accounts_of_one_human_are_seen_as_one(records: SqlRecords) -> None:
    """Otherwise a requester could countersign with a second account."""
    directory = CompanyDirectory(records)
    assert require_principal(directory, "mara.voss").human == require_principal(directory, "mara.voss.admin").human


@pytest.mark.parametrize("user", ["", "nobody", "MARA.VOSS", " mara.voss ", "mara.voss' OR '1'='1", "mara"])
def test_only_the_exact_id_is_a_person(records: SqlRecords, user: str) -> None:
    """A near match would give one user another's rights."""
    with pytest.raises(NotAllowed):
        require_principal(CompanyDirectory(records), user)


def test_a_role_taken_away_is_gone_at_once(records: SqlRecords, tmp_path: Path) -> None:
    """A cached role would let somebody sign who may no longer."""
    directory = CompanyDirectory(records)
    assert "controller" in require_principal(directory, "karl.weiss").roles
    change(tmp_path, """UPDATE employees SET roles = '["employee"]' WHERE user_id = 'karl.weiss'""")
    assert require_principal(directory, "karl.weiss").roles == {"employee"}


def test_an_account_that_is_not_active_is_nobody(records: SqlRecords, tmp_path: Path) -> None:
    """Who has left may neither ask nor sign."""
    directory = CompanyDirectory(records)
    change(tmp_path, "UPDATE employees SET active = 0 WHERE user_id = 'karl.weiss'")
    assert directory.get("karl.weiss") is None
    assert "karl.weiss" not in {principal.user_id for principal in directory.everyone()}


def test_everyone_comes_in_a_stable_order(records: SqlRecords, tmp_path: Path) -> None:
    """Lists shown to people, and the choice of a reviewer, must not change from call to call."""
    engine = make_engine(f"sqlite:///{tmp_path / 'company.db'}")
    users = [principal.user_id for principal in CompanyDirectory(engine).everyone()]
    engine.dispose()
    assert len(users) == 80
    assert users == sorted(users)
    assert users == [principal.user_id for principal in CompanyDirectory(records).everyone()]
