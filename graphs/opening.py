"""Opening an assistant: the one place where rooms are put together."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect

from ..agents.learned_router import router_versions
from ..agents.model_choice import PoolChoice
from ..agents.models import ModelPool
from ..agents.router import Router
from ..agents.routing_loop import open_routing
from ..memory.chroma_server import ChromaServer
from ..memory.documents import Documents
from ..memory.embedder import MODEL_VARIABLE, open_embedder
from ..memory.items import PRECEDENT
from ..memory.recall import Memory
from ..memory.seed import Document, load_documents
from ..policies.books import open_books
from ..policies.database import open_database, reading
from ..policies.database_url import shown
from ..policies.editions import Editions
from ..policies.errors import StorageError
from ..policies.filters.vault import SECRET as VAULT
from ..policies.filters.vault import Vault
from ..policies.filters.veil import Veil
from ..policies.keyfolder import key_folder
from ..policies.limiting import Rates
from ..policies.loading import load_packs
from ..policies.postgres import missing
from ..policies.rates import check_playbooks
from ..policies.spending import Spending
from ..tools.company.directory import CompanyDirectory
from ..tools.company.handbook.reader import handbooks
from ..tools.company.precedents import precedents
from ..tools.company.records import SystemOfRecord
from ..tools.company.schema import company
from ..tools.company.store import open_company
from ..tools.learning.opening import open_learning
from ..tools.ledger import Ledger
from ..tools.registry import Registry
from ..tools.scoring.scorer import Scorer
from ..tools.scoring.standing import Standings
from ..tools.spec import Services
from ..tools.toolsets import ALL
from .assistant import assistant_graph
from .checkpoint_seals import SECRET
from .checkpoints import LocalSaver, open_saver
from .conversation import Conversations
from .desk import Desk
from .playbooks import PLAYBOOKS
from .resuming import enter
from .session import AsyncAssistant
from .settings import CHECKPOINTS, Settings

if TYPE_CHECKING:
    from .shared_checkpoints import SharedSaver


def open_assistant(settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> AsyncAssistant:
    """Everything an assistant works with, made or opened in its data folder.

    Raises:
        StorageError: the data folder or a database in it cannot be used.
        PolicyError: a policy pack cannot be used; nothing is decided on half of the rules.
        BadInput: the embedder cannot be found.
    """
    home = _folder(settings.home)
    engine = open_database(settings.database)
    try:
        return _furnished(settings, home, engine, now)
    except BaseException:
        engine.dispose()
        raise


def _furnished(settings: Settings, home: Path, engine: Engine, now: Callable[[], datetime]) -> AsyncAssistant:
    _refuse_company(engine)
    books = open_books(engine, home)
    audit, reviews = books.audit, books.reviews
    ledger, conversations = Ledger(engine, audit), Conversations(engine, audit)
    documents = Documents(engine)
    packs = load_packs(settings.packs or None, tools=[spec.name for spec in ALL])
    check_playbooks(packs.limits.values(), PLAYBOOKS)
    records = open_company(settings.company)
    directory = CompanyDirectory(records)
    embedder = open_embedder(settings.environment)
    # The router's classifier was trained on the offline embedder's vectors, whatever memory uses.
    offline = {key: value for key, value in settings.environment.items() if key != MODEL_VARIABLE}
    server = ChromaServer.from_settings(settings.environment)
    memory = Memory.open(settings.memory, engine, embedder, server=server)
    routing_embedder = open_embedder(offline) if MODEL_VARIABLE in settings.environment else memory.queries
    tenant = records.company().tenant
    load_documents(memory, tenant, _known(records))
    editions = Editions(engine, audit, reviews, tenant, now)
    editions.begin(packs)
    services = Services(records=records, memory=memory, documents=documents, directory=directory)
    models = ModelPool(settings.models, paid=True) if settings.models else None
    veil = Veil(Vault(engine, lambda: key_folder(home).secret(VAULT)), lambda: editions.current.masking)
    routers = router_versions(engine, audit, routing_embedder.name)
    spending = Spending(engine, lambda: editions.current, audit, now)
    registry = Registry(
        ALL,
        policy=lambda: editions.current,
        services=services,
        ledger=ledger,
        reviews=reviews,
        audit=audit,
        now=now,
        veil=veil,
        rates=Rates(engine, lambda: editions.current, audit, now),
        costs=spending.of_case,
        scoring=Scorer(Standings(engine, audit)),
    )
    memory.stages, memory.veil = registry.stages, veil
    desk = Desk(
        registry=registry,
        editions=editions,
        reviews=reviews,
        memory=memory,
        documents=documents,
        directory=directory,
        audit=audit,
        conversations=conversations,
        router=Router(
            routing_embedder,
            model=PoolChoice(models) if models else None,
            in_force=lambda: routers.in_force(tenant),
        ),
        models=models,
        now=now,
        today=lambda: records.company().today,
        veil=veil,
        spending=spending,
        learning=open_learning(
            engine,
            audit,
            reviews,
            records,
            directory,
            lambda: editions.current,
            now,
            [open_routing(engine, audit, reviews, directory, lambda: editions.current, routing_embedder, now)],
        ),
    )
    saver = open_checkpoints(engine, home)
    saver.enter = lambda run_id: enter(audit, saver, run_id)
    graph = assistant_graph(desk).compile(checkpointer=saver, name="assistant")
    assistant = AsyncAssistant(desk, graph, saver, conversations)
    assistant.driver.tidy()
    return assistant


def _refuse_company(engine: Engine) -> None:
    """Two names of one server are not recognised in their URLs, but its tables are.

    Raises:
        StorageError: the database holds a company's records.
    """
    if engine.dialect.name != "postgresql":
        return
    with reading(engine) as connection:
        found = inspect(connection).has_table(company.name)
    if found:
        raise StorageError(
            f"The database {shown(engine.url)} holds the company's records, whose tables have names in common with the "
            "assistant's. Give COUNTERSIGN_DATABASE_URL a database or a schema of its own."
        )


def open_checkpoints(engine: Engine, home: Path) -> "LocalSaver | SharedSaver":
    """Checkpoints beside the records: a file of the data folder, or the same PostgreSQL database.

    Raises:
        StorageError: they cannot be used, or the package for PostgreSQL is not installed.
    """

    def key() -> bytes:
        return key_folder(home).secret(SECRET)

    if engine.dialect.name != "postgresql":
        return open_saver(home / CHECKPOINTS, key)
    try:
        from .shared_checkpoints import open_shared_saver
    except ModuleNotFoundError as error:
        raise missing(error) from error
    return open_shared_saver(engine, key)


def _known(records: SystemOfRecord) -> Iterator[Document]:
    """What everybody's memory begins with: the handbooks, and for legal its precedents."""
    for name, title, text in handbooks():
        yield Document(name, title, text)
    for name, title, text in precedents(records):
        yield Document(name, title, text, kind=PRECEDENT, visibility="team:legal")


def _folder(home: Path) -> Path:
    """The data folder, absolute, made when missing.

    Raises:
        StorageError: it cannot be made or is no folder.
    """
    home = home.absolute()
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageError(
            f"The data folder {home} cannot be made: {error.strerror}. Set COUNTERSIGN_HOME to a folder that can."
        ) from error
    return home
