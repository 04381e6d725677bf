"""Commands for the shared memory: `items` searches, adds and forgets, and `ingest` brings in files."""
