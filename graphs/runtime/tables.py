"""The tables of conversations: who talks where, what was said, and the runs that answer."""

from sqlalchemy import BigInteger, Column, Index, MetaData, Table, Text

metadata = MetaData()
threads = Table(
    "threads",
    metadata,
    Column("thread", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("asked", Text, nullable=False, default=""),
    Column("tainted", BigInteger, nullable=False, default=0),
    Index("threads_by_owner", "tenant", "owner"),
)
messages = Table(
    "messages",
    metadata,
    Column("thread", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("run", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("at", Text, nullable=False),
)
runs = Table(
    "runs",
    metadata,
    Column("run", Text, primary_key=True),
    Column("thread", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("input", Text, nullable=False),
    Column("worker", Text),
    Column("lease_until", Text),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Index("runs_by_state", "tenant", "state"),
    Index("runs_by_thread", "thread", "state"),
)
