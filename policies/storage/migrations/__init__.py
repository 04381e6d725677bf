"""The migrations of the schema, one module each, in the order of their numbers; ``0001_baseline`` is what there was.

They are the history of the tables and never change once they were released: a new one is added (see
``docs/reference/migrations.md``). Alembic loads them by their path, so they import the product by its full name.
"""
