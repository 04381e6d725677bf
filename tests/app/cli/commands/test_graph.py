"""`graph` draws the assistant without a data folder."""

from pathlib import Path

from command_line import run_cli


def test_the_graph_is_drawn_without_a_data_folder(tmp_path: Path) -> None:
    """Whoever wants to see how it works has not set it up yet."""
    result = run_cli("graph", home=tmp_path / "none")
    assert result.exit_code == 0, result.stderr
    for node in ("intake", "route", "legal", "finance", "support", "reply", "remember", "review", "act", "refund"):
        assert node in result.stdout
    assert not (tmp_path / "none").exists()
    assert "pay_back" not in run_cli("graph", "--brief").stdout
