"""The schema changes by migrations: if these break, an update loses records, or two versions share one database."""

import importlib
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from command_line import run_cli
from countersign.graphs import Assistant, Settings
from countersign.policies.errors import StorageError
from countersign.policies.governance.governance import open_governance
from countersign.policies.storage.database import begin_read, begin_write, make_sqlite_url, open_database
from countersign.policies.storage.schema import MIGRATIONS, VERSION_TABLE, upgrade_schema
from databases import Databases, url_of
from old_folder import unpack
from process_group import run_together
from sqlalchemy import Engine, MetaData, inspect, text

ROOT = MIGRATIONS.parents[2]
CONTENT = "tools/sample_company"

SECOND = '''
"""A column, filled from what is there, and an index."""
import os, signal, time
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("threads", sa.Column("title", sa.Text(), nullable=False, server_default=""))
    op.create_index("threads_by_title", "threads", ["tenant", "title"])
    op.execute("UPDATE threads SET title = 'about ' || thread")
    with op.batch_alter_table("documents") as documents:
        documents.alter_column("name", new_column_name="title")
    op.execute("INSERT INTO threads VALUES ('once', 't', 'o', '', '', 0, 'made by the migration')")
    {more}
'''
UPGRADE = """
import sys
from pathlib import Path
from countersign.policies.storage.database import open_database
from countersign.policies.storage.schema import upgrade_schema
engine = open_database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
upgrade_schema(engine, Path(sys.argv[2]))
"""


@pytest.fixture
def engine(tmp_path: Path, databases: Databases) -> Engine:
    """A database in which nothing was made yet."""
    return databases.open_as_it_is(tmp_path / "new.db")


def chain(folder: Path, more: str = "pass") -> Path:
    """The migrations and a second one that no version has."""
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "0002_titles.py").write_text(SECOND.format(more=more))
    return folder


def revision(engine: Engine) -> str | None:
    with begin_read(engine) as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        found: str = connection.execute(text("SELECT version_num FROM countersign_schema")).scalar_one()
        return found


def change(engine: Engine, *statements: str) -> None:
    with begin_write(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))


def tables_of_all_rooms() -> list[MetaData]:
    """What the modules of the product say their tables are; the sample company's are content."""
    found = []
    for path in sorted(ROOT.glob("*/**/*.py")):
        name = path.relative_to(ROOT)
        product = name.parts[0] in {"policies", "memory", "tools", "agents", "graphs", "app"}
        if product and not name.as_posix().startswith(CONTENT) and "= MetaData()" in path.read_text():
            module = importlib.import_module(".".join(["countersign", *name.with_suffix("").parts]))
            found.append(module.metadata)
    return found


def schema(engine: Engine) -> dict[str, Any]:
    """All that the database itself says of its tables, by name."""
    with begin_read(engine) as connection:
        there = inspect(connection)
        return {
            name: {
                "columns": {
                    column["name"]: {key: str(value) for key, value in column.items() if key != "name"}
                    for column in there.get_columns(name)
                },
                "key": there.get_pk_constraint(name)["constrained_columns"],
                "unique": sorted(item["column_names"] for item in there.get_unique_constraints(name)),
                "indexes": {
                    item["name"]: (item["column_names"], bool(item["unique"])) for item in there.get_indexes(name)
                },
                "foreign": there.get_foreign_keys(name),
                "checks": there.get_check_constraints(name),
            }
            for name in there.get_table_names()
            if name != VERSION_TABLE
        }


def test_the_chain_makes_what_the_rooms_work_with(databases: Databases, tmp_path: Path) -> None:
    """A table that was changed without a migration would be there in new folders only."""
    migrated, declared = databases.open(tmp_path / "chain.db"), databases.open_as_it_is(tmp_path / "declared.db")
    rooms = tables_of_all_rooms()
    assert len(rooms) >= 15
    with begin_write(declared) as connection:
        for room in rooms:
            room.create_all(connection)
    assert schema(migrated) == schema(declared)


def test_the_chain_has_one_end_and_its_files_are_named_after_their_revisions() -> None:
    """The newest revision is read off the names of the files."""
    scripts = ScriptDirectory(MIGRATIONS, version_locations=[str(MIGRATIONS)])
    names = sorted(path.stem.partition("_")[0] for path in MIGRATIONS.glob("[0-9]*.py"))
    assert [script.revision for script in reversed(list(scripts.walk_revisions()))] == names
    assert scripts.get_heads() == names[-1:]


def test_an_older_database_is_refused_and_not_changed(engine: Engine, tmp_path: Path) -> None:
    """A column that is missing must not show as an error about SQL in the middle of a payment."""
    change(
        engine,
        "CREATE TABLE reviews (review_id TEXT PRIMARY KEY, digest TEXT)",
        "INSERT INTO reviews VALUES ('REV-1', 'x')",
    )
    before = schema(engine)
    with pytest.raises(StorageError, match="earlier version"):
        open_governance(engine, tmp_path)
    assert (schema(engine), revision(engine)) == (before, None)
    with begin_read(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM reviews")).scalar() == 1


def test_a_folder_from_before_migrations_keeps_what_it_holds(tmp_path: Path) -> None:
    """Its tables are taken as they are, what it lacks is added, and it has a revision from then on."""
    folder = unpack(tmp_path / "home")
    engine = open_database(make_sqlite_url(folder.home / "countersign.db"))
    before, rows = schema(engine), contents(engine)
    assert "rate_hits" not in before
    upgrade_schema(engine)
    after = schema(engine)
    assert {name: after[name] for name in before} == before
    assert {name: found for name, found in contents(engine).items() if name in rows} == rows
    assert "rate_hits" in after
    assert revision(engine) == "0001"
    engine.dispose()


def contents(engine: Engine) -> dict[str, list[Any]]:
    """All rows of all tables but the one that holds the revision."""
    with begin_read(engine) as connection:
        names = [name for name in inspect(connection).get_table_names() if name != VERSION_TABLE]
        return {
            name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')).all()))  # noqa: S608
            for name in names
        }


def test_what_only_some_commands_had_made_is_completed(engine: Engine) -> None:
    """Before migrations each part of the program made its own tables when it was first used."""
    upgrade_schema(engine)
    whole = schema(engine)
    change(engine, *(f"DROP TABLE {name}" for name in (VERSION_TABLE, "ledger", "threads", "memory_rows")))
    change(engine, "DROP INDEX reviews_by_run")
    upgrade_schema(engine)
    assert schema(engine) == whole


def test_a_newer_database_is_refused_in_one_sentence(engine: Engine, tmp_path: Path) -> None:
    """An old program that writes into tables it does not know would break what the new one relies on."""
    upgrade_schema(engine, chain(tmp_path / "chain"))
    with pytest.raises(StorageError) as refused:
        open_governance(engine, tmp_path)
    said = str(refused.value)
    assert "revision 0002" in said
    assert "install that version" in said
    assert said.count(". ") == 0
    assert revision(engine) == "0002"


def test_every_door_refuses_a_newer_folder(tmp_path: Path) -> None:
    """Python and the command line, with the exit code of storage and without a trace of the stack."""
    home = tmp_path / "home"
    home.mkdir()
    engine = open_database(make_sqlite_url(home / "countersign.db"))
    upgrade_schema(engine, chain(tmp_path / "chain"))
    engine.dispose()
    with pytest.raises(StorageError, match="newer version of Countersign"):
        Assistant.open(settings=Settings.from_env({}, home))
    for words in (("ask", "hello"), ("audit", "verify"), ("memory", "reindex")):
        refused = run_cli(*words, home=home, user="mara.voss")
        assert refused.exit_code == StorageError.exit_code, refused.output
        assert "newer version of Countersign" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_a_later_migration_changes_what_is_there(engine: Engine, tmp_path: Path) -> None:
    """Columns, indexes and rows, on a database that holds something; a second time nothing happens."""
    upgrade_schema(engine)
    change(engine, "INSERT INTO threads VALUES ('one', 't', 'o', '', '', 0)")
    longer = chain(tmp_path / "chain")
    for _ in range(2):
        upgrade_schema(engine, longer)
    assert revision(engine) == "0002"
    assert titles(engine) == {"one": "about one", "once": "made by the migration"}
    found = schema(engine)
    assert "threads_by_title" in found["threads"]["indexes"]
    assert "title" in found["documents"]["columns"]
    assert found["documents"]["key"] == ["tenant", "thread", "document_id"]


def test_threads_migrate_databases_of_their_own(databases: Databases, tmp_path: Path) -> None:
    """Alembic knows one database at a time in a process; a table must not land in another one."""
    engines = [databases.open_as_it_is(tmp_path / f"own-{number}.db") for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade_schema, engines))
    assert all(schema(engine) == schema(engines[0]) for engine in engines)


def titles(engine: Engine) -> dict[str, str]:
    with begin_read(engine) as connection:
        return {row.thread: row.title for row in connection.execute(text("SELECT thread, title FROM threads"))}


def test_processes_that_open_at_once_migrate_once(databases: Databases, tmp_path: Path) -> None:
    """Several workers are started together after an update: one does the work, the others wait and find it done."""
    url, slow = databases.url(tmp_path / "race.db"), chain(tmp_path / "chain", "time.sleep(0.5)")
    run_together([["-c", UPGRADE, url, str(slow)]] * 3)
    engine = databases.open_as_it_is(tmp_path / "race.db")
    assert revision(engine) == "0002"
    assert titles(engine) == {"once": "made by the migration"}


@pytest.mark.parametrize("old", [False, True], ids=["new", "old"])
def test_killed_in_the_middle_it_is_as_before(databases: Databases, tmp_path: Path, old: bool) -> None:
    """Half a migration would be a schema that no version knows."""
    engine = databases.open_as_it_is(tmp_path / "killed.db")
    if old:
        upgrade_schema(engine)
    before = schema(engine), revision(engine)
    deadly = chain(tmp_path / "deadly", "os.kill(os.getpid(), signal.SIGKILL)")
    command = [sys.executable, "-c", UPGRADE, url_of(tmp_path / "killed.db"), str(deadly)]
    assert subprocess.run(command, input="\n", capture_output=True, text=True, check=False).returncode == -9
    assert (schema(engine), revision(engine)) == before
    upgrade_schema(engine, chain(tmp_path / "chain"))
    assert revision(engine) == "0002"


def test_a_migration_that_fails_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    """The person reads why, and goes on with the version that they had."""
    upgrade_schema(engine)
    before = schema(engine)
    with pytest.raises(StorageError, match="nowhere"):
        upgrade_schema(engine, chain(tmp_path / "broken", "op.execute('SELECT * FROM nowhere')"))
    assert (schema(engine), revision(engine)) == (before, "0001")


def test_a_current_database_is_opened_without_alembic(databases: Databases, tmp_path: Path) -> None:
    """Every command opens the database; loading what only an update needs would slow all of them down."""
    databases.open(tmp_path / "current.db")
    words = f"{UPGRADE}\nassert 'alembic' not in sys.modules"
    command = [sys.executable, "-c", words, databases.url(tmp_path / "current.db"), str(MIGRATIONS)]
    subprocess.run(command, input="\n", check=True, text=True, capture_output=True)


@pytest.mark.postgres
def test_another_schema_on_the_search_path_is_left_alone(postgres_server: str, tmp_path: Path) -> None:
    """Two installations in one database must neither share tables nor a revision."""
    databases = Databases(postgres_server)
    theirs = databases.open(tmp_path / "shared.db")
    change(theirs, "CREATE SCHEMA ours")
    ours = open_database(f"{databases.url(tmp_path / 'shared.db')}?options=-csearch_path%3Dours,public")
    upgrade_schema(ours, chain(tmp_path / "chain"))
    change(ours, "INSERT INTO threads VALUES ('two', 't', 'o', '', '', 0, '')")
    assert (revision(theirs), revision(ours)) == ("0001", "0002")
    with begin_read(theirs) as connection:
        assert connection.execute(text("SELECT count(*) FROM threads")).scalar() == 0
    ours.dispose()
    databases.close()
