"""Packs from YAML: what is wrong is said with file, line, column and what to do."""

from pathlib import Path

import pytest
from countersign.policies.errors import PolicyError
from countersign.policies.rules.fields import read_deadline, write_deadline
from countersign.policies.rules.loader import load_packs

HEAD = "pack: till\nversion: 1.0\nowner: boss\ndescription: a pack\n"
RULE = """\
  - id: till.one
    description: one rule
    owner: boss
    source: book#1
    tools: [pay.out]
    effect: allow
    reason: because
"""
GOOD = f"{HEAD}rules:\n{RULE}"


def load(folder: Path, text: str | bytes, **more: object) -> object:
    file = folder / "till.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_packs([file], **more)  # type: ignore[arg-type]


def refused(folder: Path, text: str | bytes, **more: object) -> str:
    with pytest.raises(PolicyError) as caught:
        load(folder, text, **more)
    return str(caught.value).replace(f"{folder}/", "")


def test_a_good_pack_loads_and_keeps_its_version_as_text(tmp_path: Path) -> None:
    """`version: 1.0` is a name; read as a number it would lose its zero."""
    policy = load_packs([_write(tmp_path, GOOD)])
    assert [rule.id for rule in policy.rules] == ["till.one"]
    assert policy.packs[0].version == "1.0"


def _write(folder: Path, text: str, name: str = "till.yaml") -> Path:
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("effect: allow", "effect: alow"), 11, "'deny', 'mask', 'retain' or 'observe'; did you mean 'allow'?"),
        (("    reason:", "    reson:"), 12, "unknown key 'reson'; did you mean 'reason'?"),
        (("    owner: boss\n    source", "    source"), 6, "the key 'owner' is missing; add it"),
        (("tools: [pay.out]", "tools: pay.out"), 10, "tools must be a list, such as [one, two]"),
        (("tools: [pay.out]", "tools: []"), 10, "tools is empty; write at least one"),
        (("effect: allow", "effect: review"), 6, "asks for a review by nobody; add reviewers"),
        (("effect: allow", "effect: allow\n    reviewers: [boss]"), 6, "is no review; remove reviewers"),
        (("effect: allow", "effect: allow\n    on_expiry: allow"), 6, "nothing expires; remove on_expiry"),
        (("effect: allow", "effect: allow\n    deadline: 2 days"), 12, "such as 30m, 4h or 2d"),
        (("effect: allow", "effect: allow\n    effect: deny"), 12, "the key 'effect' stands twice (first in line 11)"),
        (("effect: allow", "effect: allow\n    when: args.x > 100.00"), 12, "100.00 is a binary float"),
        (("effect: allow", "effect: allow\n    when: 100.00"), 12, "Write money in minor units (10000 for 100.00)"),
        (("effect: allow", "effect: allow\n    when: args.x = 1"), 12, "(compare with ==)"),
        (("effect: allow", "effect: allow\n    when: arg.x == 1"), 12, "there is no name 'arg'; did you mean 'args'?"),
        (("effect: allow", "effect: allow\n    when: args.x.match('a')"), 12, "did you mean 'matches'?"),
        (("reason: because", "reason: because {arg.x}"), 12, "the field {arg.x} starts with no known name"),
        (("reason: because", "reason: because {args.x:cash}"), 12, "there is only money"),
        (("reason: because", "reason: because {args.x"), 12, "a brace has no partner"),
        (("id: till.one", "id: builtin.one"), 6, "starts with a word kept for the engine"),
        (("id: till.one", "id: Till One"), 6, "'Till One' cannot be used as id"),
        (("source: book#1", "source: book"), 9, "'book' cannot be used as source"),
        (("source: book#1", "source: 010"), 9, "010 is not a plain whole number"),
        (("owner: boss\n    source", "owner: &a boss\n    source"), 8, "anchors (&) and aliases (*) are not used here"),
        (("owner: boss\n    source", "owner: *a\n    source"), 8, "anchors (&) and aliases (*) are not used here"),
        (("owner: boss\n    source", "owner: !!python/name:os.system x\n    source"), 8, "is not used in packs"),
        (("    tools: [pay.out]", "\ttools: [pay.out]"), 10, "this is not valid YAML"),
        (("tools: [pay.out]", "tools: [pay.out"), 11, "this is not valid YAML"),
        (("    effect: allow", "    effect: allow\n---"), 12, "one YAML document"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, change: tuple[str, str], line: int, said: str) -> None:
    """A policy owner is no programmer: without line and advice the pack cannot be mended."""
    assert change[0] in GOOD
    message = refused(tmp_path, GOOD.replace(*change))
    told = next(problem for problem in message.splitlines() if said in problem)
    assert told.startswith(f"till.yaml:{line}:"), message


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"# nothing\n", "holds only comments"),
        (b"- 1\n", "a pack is a mapping"),
        (b"hello", "a pack is a mapping"),
        (b"pack: \xff\xfe", "till.yaml:1:1: this is not UTF-8 text"),
        (b"\x00\x01\x02", "this is not valid YAML"),
        (b"%PDF-1.7\n1 0 obj", "this is not valid YAML"),
        (b"a: " + b"[" * 5000, "levels; split the pack"),
        (b"a: [" + b"1," * 200_000 + b"1]", "values or 20 levels"),
        (b"a: '" + b"x" * 1_000_001, "larger than 1,000,000 bytes"),
        (b"? [a]\n: b", "a key must be plain text"),
    ],
)
def test_files_that_are_no_packs_are_refused(tmp_path: Path, data: bytes, said: str) -> None:
    """A wrong, broken or hostile file must neither crash nor exhaust the loader."""
    assert said in refused(tmp_path, data)


def test_a_condition_that_cannot_be_used_is_pointed_at(tmp_path: Path) -> None:
    """In a long condition the column, and in a block the line, is where to look."""
    plain = refused(tmp_path, GOOD + "    when: args.x > 1 && arg.y > 2\n")
    assert plain.startswith("till.yaml:13:25: the condition of till.one cannot be used")
    quoted = refused(tmp_path, GOOD + "    when: 'args.x > 1 && arg.y > 2'\n")
    assert quoted.startswith("till.yaml:13:26:")
    block = refused(tmp_path, GOOD + "    when: |\n      args.x > 1\n      && arg.y > 2\n")
    assert block.startswith("till.yaml:15:")
    assert "line 2, column 4" in block


def test_ids_and_names_are_unique_over_all_packs(tmp_path: Path) -> None:
    """With two rules of one id nobody could tell which one decided."""
    one = _write(tmp_path, GOOD, "a.yaml")
    two = _write(tmp_path, GOOD, "b.yaml")
    with pytest.raises(PolicyError) as caught:
        load_packs([tmp_path])
    assert f"{two}:6:5: the rule id 'till.one' is already used at {one}:6" in str(caught.value)
    assert f"{two}:1:1: the pack 'till' is also in {one}" in str(caught.value)


def test_unknown_tools_are_refused_when_the_tools_are_known(tmp_path: Path) -> None:
    """A rule for a misspelt tool would guard nothing."""
    assert "till.yaml:10:13: no tool is called 'pay.out'; did you mean 'pay.out2'?" in refused(
        tmp_path, GOOD, tools=["pay.out2"]
    )
    globbed = GOOD.replace("pay.out", "pay.*")
    load(tmp_path, globbed, tools=["pay.in"])
    assert "no tool is called 'pay.*'" in refused(tmp_path, globbed, tools=["other.one"])
    load(tmp_path, globbed.replace("effect: allow", "effect: deny"), tools=["other.one"])


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    """Mending a pack one error a run would take a morning."""
    text = GOOD.replace("reason: because", "reason: because {x.y}") + "    when: 1.5 > args.x\n"
    lines = refused(tmp_path, text).splitlines()
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ("  - {name: first one, expect: allow}\n", "the case 'first one' names no tool"),
        ("  - {name: first one, like: another, expect: allow}\n", "no earlier case is called 'another'"),
        ("  - {name: one case, tool: a, expect: deny}\n" * 2, "two cases are called"),
        ("  - {name: one case, tool: a, expect: yes}\n", "unknown expect 'yes'"),
        ("  - {name: one case, tool: a, expect: deny, args: {amount: 1.5}}\n", "1.5 is not a plain whole number"),
    ],
)  # fmt: skip
def test_broken_cases_are_refused(tmp_path: Path, cases: str, said: str) -> None:
    """A case that tests nothing would pass for ever."""
    assert said in refused(tmp_path, f"{GOOD}cases:\n{cases}")


def test_missing_files_and_empty_folders_are_refused(tmp_path: Path) -> None:
    """Without rules everything is denied; a wrong path must say so at once."""
    with pytest.raises(PolicyError, match="there is no such policy pack"):
        load_packs([tmp_path / "nowhere.yaml"])
    with pytest.raises(PolicyError, match="No policy packs were found"):
        load_packs([tmp_path])


def test_the_revision_follows_the_content_not_the_layout(tmp_path: Path) -> None:
    """Grants are bound to the revision: a comment must keep it, a changed rule must not."""
    base = load_packs([_write(tmp_path, GOOD)]).revision
    assert (
        load_packs([_write(tmp_path, "# a comment\n" + GOOD.replace("[pay.out]", "\n      - pay.out"))]).revision
        == base
    )
    assert load_packs([_write(tmp_path, GOOD.replace("because", "therefore"))]).revision != base
    assert load_packs([_write(tmp_path, GOOD)], fallback_reviewer="cfo").revision != base


@pytest.mark.parametrize("text", ["30m", "4h", "2d", "90m"])
def test_deadlines_read_back_as_written(text: str) -> None:
    """What a pack says must survive being printed."""
    assert write_deadline(read_deadline(text)) == text
