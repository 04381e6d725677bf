"""The tables of spending: what was reserved and spent, the sums of each account, and what people were told."""

from sqlalchemy import BigInteger, Column, Index, MetaData, Table, Text

metadata = MetaData()
spending = Table(
    "spending",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("item", Text, nullable=False),  # what it was spent on, such as model:gpt-4.1-mini
    Column("accounts", Text, nullable=False),
    Column("reserved", BigInteger, nullable=False),  # micros
    Column("spent", BigInteger),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # seconds since 1970
    Column("expires", BigInteger, nullable=False),
    Index("spending_by_end", "state", "expires"),
)
accounts = Table(
    "spending_accounts",
    metadata,
    Column("account", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("per", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("span", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("times", BigInteger, nullable=False),
    Index("spending_accounts_by_kind", "tenant", "per", "span"),
    Index("spending_accounts_by_subject", "tenant", "per", "subject"),
)
notes = Table(
    "spending_notes",
    metadata,
    Column("mark", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("spending_notes_by_run", "run"),
)
