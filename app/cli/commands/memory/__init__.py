"""Commands for the shared memory: search, add, ingest, forget."""
