"""The sample company, Halden & Birch: its systems of record, its people, its handbooks and its history.

It is the business that an assistant works for when no other is given, and a business like any other: the mechanism sees
of it only the value that ``sample_business(path, today=...)`` makes. Tables stand in ``schema``, the rows are made by
``generate`` from ``texts``, the database is opened by ``store``, and the written rules stand in ``handbook``.
`train_models` makes the scores that ship.
"""

from typing import TYPE_CHECKING

from ...policies.lazy_exports import export_lazily

if TYPE_CHECKING:
    from .business import sample_business as sample_business

__getattr__ = export_lazily(__name__, {"business": "sample_business"})
