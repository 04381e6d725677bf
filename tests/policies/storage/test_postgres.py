"""PostgreSQL as the place of records: what is wrong is said in words, passwords never, and locks end."""

import builtins
from pathlib import Path
from typing import Any

import pytest
from countersign.graphs import Settings
from countersign.policies.errors import StorageError
from countersign.policies.storage import database
from countersign.policies.storage.database import begin_read, begin_write, open_database
from countersign.policies.storage.urls import find_database_place, hide_password, make_database_name, parse_url
from databases import Databases, create
from sqlalchemy import create_engine, text

SECRET = "pa55word"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("no url at all", "cannot be understood"),
        (f"postgresql://u:{SECRET}@host:port/db", "cannot be understood"),
        (f"postgresql://u:{SECRET}@{SECRET}@host/db", "more than one @"),
        (f"postgresql://u:{SECRET}@host", "names no database"),
        (f"mysql://u:{SECRET}@host/db", "'mysql' cannot hold"),
        (f"postgresql+asyncpg://u:{SECRET}@host/db", "cannot hold"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
def test_a_wrong_url_is_explained_and_not_repeated(url: str, told: str) -> None:
    """A typing mistake next to a password must not print it."""
    with pytest.raises(StorageError, match=told) as failed:
        open_database(url)
    assert SECRET not in str(failed.value)


@pytest.mark.parametrize(
    "url", [f"postgres://u:{SECRET}@127.0.0.1:1/db", f"postgresql://127.0.0.1:1/db?user=u&password={SECRET}"]
)
def test_no_server_is_explained(url: str) -> None:
    """The message names the server and never the password, wherever in the URL it stands."""
    with pytest.raises(StorageError, match=r"127\.0\.0\.1:1/db cannot be used.*Check that the server runs") as failed:
        open_database(url)
    assert SECRET not in str(failed.value)


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who did not install it must learn what to install."""
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "psycopg":
            raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(StorageError, match=r"'psycopg'.*pip install 'countersign\[postgres\]'"):
        open_database("postgresql://u@127.0.0.1:1/db")


def test_places_are_told_apart_by_where_they_lead() -> None:
    """Two ways to write one place must count as one, and two schemas as two."""
    one = parse_url(f"postgresql://u:{SECRET}@Host/db")
    assert find_database_place(one) == find_database_place(parse_url("postgres://other@host:5432/db"))
    assert find_database_place(one) != find_database_place(
        parse_url("postgresql://u@host/db?options=-csearch_path%3Dwork")
    )
    assert make_database_name(one) != make_database_name(parse_url("postgresql://u@host/other"))
    assert SECRET not in hide_password(one)


@pytest.mark.parametrize(
    ("database_url", "company_url"),
    [
        (f"postgresql://u:{SECRET}@host/db", f"postgresql+psycopg://v:{SECRET}@HOST:5432/db"),
        ("sqlite:////tmp/one.db", "sqlite+pysqlite:////tmp/../tmp/one.db"),
    ],
)
def test_the_company_needs_a_place_of_its_own(database_url: str, company_url: str, tmp_path: Path) -> None:
    """Both have a table `messages`; in one place the second would write into the first's."""
    given = {"COUNTERSIGN_DATABASE_URL": database_url, "COUNTERSIGN_COMPANY_URL": company_url}
    settings = Settings.from_env(given, home=tmp_path)
    with pytest.raises(StorageError, match=r"lead to the same place.*database or a schema of its own") as failed:
        _ = settings.database
    assert SECRET not in str(failed.value) + repr(settings)


@pytest.mark.postgres
def test_a_database_that_is_not_there_or_not_unicode_says_so(postgres_server: str, tmp_path: Path) -> None:
    """The next step is a command that can be copied."""
    with pytest.raises(StorageError, match="createdb"):
        open_database(f"{postgres_server}/nowhere")
    admin = create_engine(f"{postgres_server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"))
    admin.dispose()
    with pytest.raises(StorageError, match="LATIN1, which loses characters"):
        open_database(f"{postgres_server}/latin")
    assert tmp_path.exists()


@pytest.mark.postgres
def test_a_wrong_password_is_explained(postgres_server: str, tmp_path: Path) -> None:
    """The cluster of the tests trusts everybody; one user is made whom it asks."""
    url = create(postgres_server, tmp_path / "guarded.db")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        rules = Path(str(connection.execute(text("SHOW hba_file")).scalar()))
        connection.execute(text("CREATE USER guarded PASSWORD 'right'"))
        before = rules.read_text()
        rules.write_text(f"host all guarded 127.0.0.1/32 scram-sha-256\n{before}")
        connection.execute(text("SELECT pg_reload_conf(), pg_sleep(0.3)"))
    try:
        with pytest.raises(StorageError, match="Check the user and the password") as failed:
            open_database(url.replace("tests@", f"guarded:{SECRET}@"))
    finally:
        rules.write_text(before)
        engine.dispose()
    assert SECRET not in str(failed.value)


@pytest.mark.postgres
def test_a_writer_that_never_ends_is_not_waited_for_without_end(
    postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that hangs with the lock must not hang all others; readers do not even notice."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    databases = Databases(postgres_server)
    one, other = databases.open(tmp_path / "held.db"), databases.open(tmp_path / "held.db")
    with begin_write(one):
        with pytest.raises(StorageError, match="Another process has held it for too long"), begin_write(other):
            pass
        with begin_read(other) as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
    with begin_write(other):
        pass
    databases.close()


@pytest.mark.postgres
def test_a_commit_waits_for_the_disk_whatever_the_server_says(postgres_server: str, tmp_path: Path) -> None:
    """A server set to confirm early would lose signatures in a crash."""
    databases = Databases(postgres_server)
    url = databases.url(tmp_path / "early.db")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {url.rpartition('/')[2]} SET synchronous_commit = off"))
    admin.dispose()
    with begin_write(databases.open(tmp_path / "early.db")) as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "read committed"
    databases.close()


@pytest.mark.postgres
def test_a_connection_that_the_server_dropped_is_replaced(postgres_server: str, tmp_path: Path) -> None:
    """After a restart of the server the next request must work without a restart of ours."""
    databases = Databases(postgres_server)
    engine = databases.open(tmp_path / "dropped.db")
    other = databases.open(tmp_path / "dropped.db")
    with begin_read(other) as connection:
        statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
        connection.execute(text(statement + "datname = current_database()"))
    with begin_write(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    databases.close()
