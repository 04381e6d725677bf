"""What tests of the signed records share: a desk with keys, and reviews in a database of either kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from countersign.policies.governance.governance import Governance, open_governance
from countersign.policies.review.store import ReviewStore
from databases import Databases
from review_cases import Opener, opener
from signed_reviews import Desk
from sqlalchemy import Engine


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Three people with keys, reviews and receipts."""
    opened = Desk(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def engine(tmp_path: Path, databases: Databases) -> Engine:
    """An empty database."""
    return databases.open(tmp_path / "reviews.db")


@pytest.fixture
def books(engine: Engine, tmp_path: Path) -> Governance:
    """The signed records, with nothing in them."""
    return open_governance(engine, tmp_path)


@pytest.fixture
def reviews(books: Governance) -> ReviewStore:
    """Their reviews."""
    return books.reviews


@pytest.fixture
def opened(reviews: ReviewStore) -> Opener:
    """Opens reviews."""
    return opener(reviews)
