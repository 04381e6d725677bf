"""An assistant works for the business that it is given, and for the sample company when it is given none."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from countersign.graphs import Assistant
from countersign.policies.errors import BadInput, CountersignError, StorageError
from countersign.tools.connectors.business import Business
from countersign.tools.sample_company import sample_business

DAY = date(2026, 11, 30)


def test_the_business_that_is_given_is_worked_for(tmp_path: Path) -> None:
    """Judges and others' programs would get answers about a company of another day, from another file."""
    business = sample_business(tmp_path / "elsewhere.db", today=DAY)
    with Assistant.open(tmp_path / "home", business=business) as assistant:
        turn = assistant.send("what is our refund limit?", as_user="mara.voss")
    assert business.records.company().today == DAY
    assert (tmp_path / "elsewhere.db").is_file()
    assert not (tmp_path / "home" / "company.db").exists()
    assert "support-handbook#" in turn.reply


def test_a_business_may_have_records_and_people_alone(tmp_path: Path, company_file: Path) -> None:
    """Whoever has no precedents, history or clause library could not begin at all."""
    sample = sample_business(f"sqlite:///{company_file}")
    business = Business(records=sample.records, directory=sample.directory)
    with Assistant.open(tmp_path, business=business) as assistant:
        order = assistant.send("where is order 8841?", as_user="mara.voss")
    assert "ORD-8841" in order.reply


def test_a_company_of_another_day_is_told_and_not_opened(tmp_path: Path) -> None:
    """A judge would ask about a day that the records know nothing of, and be told nonsense."""
    sample_business(tmp_path / "company.db", today=DAY)
    with pytest.raises(BadInput, match="was made for 2026-11-30, not for 2026-12-01"):
        sample_business(tmp_path / "company.db", today=date(2026, 12, 1))
    assert sample_business(tmp_path / "company.db").records.company().today == DAY
    for wrong in ("2026-11-30", 7, datetime(2026, 11, 30, tzinfo=UTC)):
        with pytest.raises(BadInput, match="`today` is a day"):
            sample_business(tmp_path / "other.db", today=wrong)  # type: ignore[arg-type]


def test_what_is_no_business_is_refused(tmp_path: Path) -> None:
    """The mistake would show as a missing attribute, deep inside."""
    with pytest.raises(CountersignError, match="must be a Business, such as sample_business"):
        Assistant.open(tmp_path, business="company.db")  # type: ignore[arg-type]


def test_the_records_of_a_run_are_asked_for_in_any_form(tmp_path: Path, company_file: Path) -> None:
    """A generator would find nothing, and a number end in a database error."""
    with Assistant.open(tmp_path, business=sample_business(f"sqlite:///{company_file}")) as assistant:
        run = assistant.send("hello", as_user="mara.voss").run
        both = assistant.records(run=run, kinds=(kind for kind in ("message", "reply")))
        assert {record.kind for record in both} == {"message", "reply"}
        with pytest.raises(BadInput, match="A kind of audit record is a text, not 3"):
            assistant.records(run=run, kinds=[3])  # type: ignore[list-item]
    with pytest.raises(StorageError, match="was closed"):
        assistant.records(run=run)
