"""Learning stands under the company's written rules."""

import pytest
from services import Office


@pytest.fixture
def office(ruled_office: Office) -> Office:
    """All tools under the company's written rules."""
    return ruled_office
