"""An assistant works for the business that it is given, and for the sample company when it is given none."""

from datetime import date
from pathlib import Path

from countersign.graphs import Assistant
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
