"""Reading texts without a model: record numbers, money, dates, parties, clauses of contracts and their risks."""
