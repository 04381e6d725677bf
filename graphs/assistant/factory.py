"""The factory opens an assistant: it is the one place where rooms are put together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect

from ...agents.models.pool import ModelPool
from ...agents.router_training.loop import open_routing
from ...agents.router_training.versions import RouterVersions
from ...agents.routing.model_router import PoolModelRouter
from ...agents.routing.router import Router
from ...memory.embeddings.embedder import MODEL_VARIABLE, Embedder, open_embedder
from ...memory.governance.attachments import AttachmentStore
from ...memory.index.chroma_server import ChromaServer
from ...memory.ingest.documents import load_documents
from ...memory.ingest.handbooks import read_handbook
from ...memory.memory import Memory
from ...policies.audit.log import AuditLog
from ...policies.crypto.private_keys import open_key_folder
from ...policies.errors import StorageError
from ...policies.filters.masker import Masker
from ...policies.filters.vault import VAULT_SECRET, Vault
from ...policies.governance.editions import Editions
from ...policies.governance.governance import open_governance
from ...policies.limits.budgets import BudgetLedger
from ...policies.limits.rate_limiter import RateLimiter
from ...policies.review.store import ReviewStore
from ...policies.rules.loader import load_packs
from ...policies.rules.policy_set import PolicySet
from ...policies.rules.rate_limit import check_playbooks
from ...policies.storage.database import begin_read, open_database
from ...policies.storage.postgres import explain_missing_driver
from ...policies.storage.urls import hide_password
from ...tools.connectors.business import Business
from ...tools.connectors.port import SystemOfRecord
from ...tools.learning.factory import open_learning
from ...tools.learning.loop import LearningLoop
from ...tools.ledger.ledger import Ledger
from ...tools.registry.registry import Registry
from ...tools.scoring.score_versions import ScoreVersions
from ...tools.scoring.scorer import Scorer
from ...tools.spec import DocumentReader, MemoryReader, ToolServices
from ..extensions.checks import record_extensions, refuse_tools_without_rules
from ..extensions.content import Content
from ..extensions.extension import Extension, make_business_extension
from ..extensions.pilot import list_pilot_extensions
from ..extensions.systems import open_extension_systems
from ..runtime.checkpoint_seals import SECRET
from ..runtime.checkpoints import LocalSaver, open_saver
from ..runtime.conversations import Conversations
from ..runtime.resume import enter_run
from ..runtime.services import Services
from ..settings import CHECKPOINTS, Settings
from .default_content import load_content, open_default_business
from .graph import build_assistant_graph
from .session import AsyncAssistant

if TYPE_CHECKING:
    from ..runtime.checkpoints_postgres import SharedSaver


Clock = Callable[[], datetime]
INTENT_VECTORS = "intents.npz"
"""The file of the data folder that keeps the vectors of extensions' examples."""


@dataclass(frozen=True, slots=True)
class _Work:
    """The records of work of one data folder: what was said, decided, signed and done.

    Attributes:
        home: the data folder.
        engine: of their database.
        now: the clock.
    """

    home: Path
    engine: Engine
    now: Clock
    audit: AuditLog
    reviews: ReviewStore
    ledger: Ledger
    conversations: Conversations
    documents: AttachmentStore


def open_assistant(
    settings: Settings,
    now: Clock = lambda: datetime.now(UTC),
    business: Business | None = None,
    extensions: Sequence[str | Extension] | None = None,
) -> AsyncAssistant:
    """Everything an assistant works with, made or opened in its data folder.

    Args:
        now: the clock.
        business: the business that it works for; short for an extension that brings only that.
        extensions: exactly these are loaded, named or given; by default those of the settings, else all installed.

    Raises:
        ExtensionError: an extension cannot be loaded, or does not fit the others.
        StorageError: the data folder or a database in it cannot be used.
        PolicyError: a policy pack cannot be used; nothing is decided on half of the rules.
        BadInput: the embedder cannot be found.
    """
    added = list_pilot_extensions(settings.home)
    added += () if business is None else (make_business_extension(business),)
    content = load_content(settings.extensions if extensions is None else extensions, *added)
    home = _folder(settings.home)
    engine = open_database(settings.database)
    try:
        return _assemble(settings, home, engine, now, open_default_business(settings, content), content)
    except BaseException:
        engine.dispose()
        raise


def _assemble(
    settings: Settings, home: Path, engine: Engine, now: Clock, business: Business, content: Content
) -> AsyncAssistant:
    """The stages, each built on those above it."""
    _refuse_company(engine, business)
    work = _open_work(home, engine, now)
    packs = _load_rules(settings, content)
    record_extensions(content, packs, work.audit, business.records.company().tenant)
    memory = _open_memory(settings, engine, business, content)
    editions = _begin_rules(work, packs, business)
    masker = Masker(Vault(engine, lambda: open_key_folder(home).secret(VAULT_SECRET)), lambda: editions.current.masking)
    spending = BudgetLedger(engine, lambda: editions.current, work.audit, now)
    systems = open_extension_systems(settings, content)
    registry = _open_registry(work, business, systems, content, memory, editions, masker, spending)
    memory.stages, memory.masker = registry.stages, masker
    models = ModelPool(settings.models, paid=True) if settings.models else None
    router_embedder = _router_embedder(settings, memory)
    services = Services(
        registry=registry,
        editions=editions,
        reviews=work.reviews,
        memory=memory,
        documents=work.documents,
        directory=business.directory,
        audit=work.audit,
        conversations=work.conversations,
        router=_open_router(work, business, content, router_embedder, models),
        models=models,
        now=now,
        today=lambda: business.records.company().today,
        masker=masker,
        budget_ledger=spending,
        clauses=business.clause_library(),
        learning=_open_learning(work, business, content, editions, router_embedder),
    )
    return _open_graph(work, services, content)


def _open_work(home: Path, engine: Engine, now: Clock) -> _Work:
    """The records of work; their tables are made when missing."""
    governance = open_governance(engine, home)
    return _Work(
        home=home,
        engine=engine,
        now=now,
        audit=governance.audit,
        reviews=governance.reviews,
        ledger=Ledger(engine, governance.audit),
        conversations=Conversations(engine, governance.audit),
        documents=AttachmentStore(engine),
    )


def _load_rules(settings: Settings, content: Content) -> PolicySet:
    """The rules on disk, for the tools and workflows that there are.

    Raises:
        PolicyError: something in them cannot be used.
    """
    packs = load_packs(settings.packs or content.packs, tools=[spec.name for spec in content.tools])
    check_playbooks(packs.limits.values(), content.workflows)
    refuse_tools_without_rules(content, packs)
    return packs


def _open_memory(settings: Settings, engine: Engine, business: Business, content: Content) -> Memory:
    """The shared memory, with the written rules and what the business has known from the beginning."""
    embedder = open_embedder(settings.environment)
    server = ChromaServer.from_settings(settings.environment)
    memory = Memory.open(settings.memory, engine, embedder, server=server)
    known = chain(map(read_handbook, content.handbooks), business.precedents())
    load_documents(memory, business.records.company().tenant, known)
    return memory


def _begin_rules(work: _Work, packs: PolicySet, business: Business) -> Editions:
    """The rules in force; those on disk where none are yet."""
    editions = Editions(work.engine, work.audit, work.reviews, business.records.company().tenant, work.now)
    editions.begin(packs)
    return editions


def _open_registry(
    work: _Work,
    business: Business,
    systems: Mapping[str, SystemOfRecord],
    content: Content,
    memory: Memory,
    editions: Editions,
    masker: Masker,
    spending: BudgetLedger,
) -> Registry:
    """The only door to the tools, with all its guards."""
    return Registry(
        content.tools,
        policy=lambda: editions.current,
        services=ToolServices(
            records=business.records,
            memory=MemoryReader(memory),
            documents=DocumentReader(work.documents),
            directory=business.directory,
        ),
        ledger=work.ledger,
        reviews=work.reviews,
        audit=work.audit,
        now=work.now,
        masker=masker,
        rates=RateLimiter(work.engine, lambda: editions.current, work.audit, work.now),
        costs=spending.sum_case,
        scoring=Scorer(ScoreVersions(work.engine, work.audit, content.learning_tasks), content.learning_tasks),
        systems=systems,
    )


def _router_embedder(settings: Settings, memory: Memory) -> Embedder:
    """The offline one, whatever memory uses: the router's classifier was trained on its vectors."""
    if MODEL_VARIABLE not in settings.environment:
        return memory.queries
    return open_embedder({key: value for key, value in settings.environment.items() if key != MODEL_VARIABLE})


def _open_router(
    work: _Work, business: Business, content: Content, embedder: Embedder, models: ModelPool | None
) -> Router:
    """What tells which agent takes a message; its classifier is the one in force when the message comes."""
    routers = RouterVersions(work.engine, work.audit, content.intents[0], embedder.name)
    tenant = business.records.company().tenant
    model = PoolModelRouter(models) if models else None
    return Router.load(
        embedder,
        *content.intents,
        agents=content.agents,
        kept_vectors=work.home / INTENT_VECTORS,
        model=model,
        in_force=lambda: routers.in_force(tenant),
    )


def _open_learning(
    work: _Work, business: Business, content: Content, editions: Editions, embedder: Embedder
) -> LearningLoop:
    """What is learned from people's decisions: the scores of calls, and the router beside them."""

    def policy() -> PolicySet:
        return editions.current

    routing = open_routing(
        work.engine, work.audit, work.reviews, business.directory, policy, content.intents[0], embedder, work.now
    )
    return open_learning(
        work.engine, work.audit, work.reviews, business, content.learning_tasks, policy, work.now, [routing]
    )


def _open_graph(work: _Work, services: Services, content: Content) -> AsyncAssistant:
    """The graph over all of it, with the checkpoints of open runs."""
    saver = open_checkpoints(work.engine, work.home)
    saver.enter = lambda run_id: enter_run(work.audit, saver, run_id)
    graph = build_assistant_graph(services, content).compile(checkpointer=saver, name="assistant")
    assistant = AsyncAssistant(services, graph, saver, work.conversations)
    assistant.driver.tidy()
    return assistant


def _refuse_company(engine: Engine, business: Business) -> None:
    """Two names of one server are not recognised in their URLs, but its tables are.

    Raises:
        StorageError: the database holds a company's records.
    """
    if engine.dialect.name != "postgresql" or not business.own_table:
        return
    with begin_read(engine) as connection:
        found = inspect(connection).has_table(business.own_table)
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
