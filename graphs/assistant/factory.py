"""Opening an assistant: the one place where rooms are put together."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect

from ...agents.models.pool import ModelPool
from ...agents.router_training.loop import open_routing
from ...agents.router_training.versions import open_router_versions
from ...agents.routing.model_router import PoolModelRouter
from ...agents.routing.router import Router
from ...memory.embeddings.embedder import MODEL_VARIABLE, open_embedder
from ...memory.governance.attachments import AttachmentStore
from ...memory.index.chroma_server import ChromaServer
from ...memory.ingest.documents import MemoryDocument, load_documents
from ...memory.memory import Memory
from ...memory.records.items import PRECEDENT
from ...policies.crypto.private_keys import open_key_folder
from ...policies.errors import StorageError
from ...policies.filters.masker import Masker
from ...policies.filters.vault import VAULT_SECRET as VAULT
from ...policies.filters.vault import Vault
from ...policies.governance.editions import Editions
from ...policies.governance.governance import open_governance
from ...policies.limits.budgets import BudgetLedger
from ...policies.limits.rate_limiter import RateLimiter
from ...policies.rules.loader import load_packs
from ...policies.rules.rate_limit import check_playbooks
from ...policies.storage.database import begin_read, open_database
from ...policies.storage.postgres import explain_missing_driver
from ...policies.storage.urls import hide_password
from ...tools.connectors.port import SystemOfRecord
from ...tools.learning.factory import open_learning
from ...tools.ledger.ledger import Ledger
from ...tools.registry.registry import Registry
from ...tools.sample_company.handbook.reader import list_handbooks
from ...tools.sample_company.schema.schema import company
from ...tools.sample_company.store.database import open_company
from ...tools.sample_company.store.directory import CompanyDirectory
from ...tools.sample_company.store.precedents import list_precedents
from ...tools.scoring.score_versions import ScoreVersions
from ...tools.scoring.scorer import Scorer
from ...tools.spec import ToolServices
from ...tools.toolsets import ALL
from ..runtime.checkpoint_seals import SECRET
from ..runtime.checkpoints import LocalSaver, open_saver
from ..runtime.conversations import Conversations
from ..runtime.resume import enter_run
from ..runtime.services import Services
from ..settings import CHECKPOINTS, Settings
from ..workflows.registry import WORKFLOWS
from .graph import build_assistant_graph
from .session import AsyncAssistant

if TYPE_CHECKING:
    from ..runtime.checkpoints_postgres import SharedSaver


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
        return _assemble(settings, home, engine, now)
    except BaseException:
        engine.dispose()
        raise


def _assemble(settings: Settings, home: Path, engine: Engine, now: Callable[[], datetime]) -> AsyncAssistant:
    _refuse_company(engine)
    governance = open_governance(engine, home)
    audit, reviews = governance.audit, governance.reviews
    ledger, conversations = Ledger(engine, audit), Conversations(engine, audit)
    documents = AttachmentStore(engine)
    packs = load_packs(settings.packs or None, tools=[spec.name for spec in ALL])
    check_playbooks(packs.limits.values(), WORKFLOWS)
    records = open_company(settings.company)
    directory = CompanyDirectory(records)
    embedder = open_embedder(settings.environment)
    # The router's classifier was trained on the offline embedder's vectors, whatever memory uses.
    offline = {key: value for key, value in settings.environment.items() if key != MODEL_VARIABLE}
    server = ChromaServer.from_settings(settings.environment)
    memory = Memory.open(settings.memory, engine, embedder, server=server)
    routing_embedder = open_embedder(offline) if MODEL_VARIABLE in settings.environment else memory.queries
    tenant = records.company().tenant
    load_documents(memory, tenant, _list_known_documents(records))
    editions = Editions(engine, audit, reviews, tenant, now)
    editions.begin(packs)
    tool_services = ToolServices(records=records, memory=memory, documents=documents, directory=directory)
    models = ModelPool(settings.models, paid=True) if settings.models else None
    masker = Masker(Vault(engine, lambda: open_key_folder(home).secret(VAULT)), lambda: editions.current.masking)
    routers = open_router_versions(engine, audit, routing_embedder.name)
    spending = BudgetLedger(engine, lambda: editions.current, audit, now)
    registry = Registry(
        ALL,
        policy=lambda: editions.current,
        services=tool_services,
        ledger=ledger,
        reviews=reviews,
        audit=audit,
        now=now,
        masker=masker,
        rates=RateLimiter(engine, lambda: editions.current, audit, now),
        costs=spending.sum_case,
        scoring=Scorer(ScoreVersions(engine, audit)),
    )
    memory.stages, memory.masker = registry.stages, masker
    services = Services(
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
            model=PoolModelRouter(models) if models else None,
            in_force=lambda: routers.in_force(tenant),
        ),
        models=models,
        now=now,
        today=lambda: records.company().today,
        masker=masker,
        budget_ledger=spending,
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
    saver.enter = lambda run_id: enter_run(audit, saver, run_id)
    graph = build_assistant_graph(services).compile(checkpointer=saver, name="assistant")
    assistant = AsyncAssistant(services, graph, saver, conversations)
    assistant.driver.tidy()
    return assistant


def _refuse_company(engine: Engine) -> None:
    """Two names of one server are not recognised in their URLs, but its tables are.

    Raises:
        StorageError: the database holds a company's records.
    """
    if engine.dialect.name != "postgresql":
        return
    with begin_read(engine) as connection:
        found = inspect(connection).has_table(company.name)
    if found:
        raise StorageError(
            f"The database {hide_password(engine.url)} holds the company's records, whose tables have names in "
            f"common with the "
            "assistant's. Give COUNTERSIGN_DATABASE_URL a database or a schema of its own."
        )


def open_checkpoints(engine: Engine, home: Path) -> "LocalSaver | SharedSaver":
    """Checkpoints beside the records: a file of the data folder, or the same PostgreSQL database.

    Raises:
        StorageError: they cannot be used, or the package for PostgreSQL is not installed.
    """

    def key() -> bytes:
        return open_key_folder(home).secret(SECRET)

    if engine.dialect.name != "postgresql":
        return open_saver(home / CHECKPOINTS, key)
    try:
        from ..runtime.checkpoints_postgres import open_shared_saver
    except ModuleNotFoundError as error:
        raise explain_missing_driver(error) from error
    return open_shared_saver(engine, key)


def _list_known_documents(records: SystemOfRecord) -> Iterator[MemoryDocument]:
    """What everybody's memory begins with: the handbooks, and for legal its precedents."""
    for name, title, text in list_handbooks():
        yield MemoryDocument(name, title, text)
    for name, title, text in list_precedents(records):
        yield MemoryDocument(name, title, text, kind=PRECEDENT, visibility="team:legal")


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
