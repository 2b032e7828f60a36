"""SPEC.md is held to the source, and source and tests to SPEC.md."""

import re
from pathlib import Path

import pytest
from coachline_core.domain.ids import direct_id
from coachline_protocol.codes import CloseCode, RefusalCode
from coachline_protocol.ops import EVENTS, OP_BY_NAME
from support.checkout import ROOT, files, name
from support.spec_tables import BLOCK, BLOCKS, SPEC, refreshed

TEXT = SPEC.read_text(encoding="utf-8")
RULES = re.findall(r"^- \*\*([A-Z]\d+)\*\*", TEXT, re.MULTILINE)
HELD_BY = re.compile(r"^  Held by: (.+)$", re.MULTILINE)
CITED = re.compile(r"\[([A-Z]\d+)\]|SPEC\.md, ([A-Z]\d+)")


def _citations(folder: str) -> dict[str, set[str]]:
    """The rules that the Python files below a folder name: rule → files."""
    found: dict[str, set[str]] = {}
    for file in files():
        if file.suffix == ".py" and file.is_relative_to(ROOT / folder):
            for bracketed, named in CITED.findall(file.read_text(encoding="utf-8")):
                found.setdefault(bracketed or named, set()).add(name(file))
    return found


def _chapter(number: int) -> str:
    (text,) = re.findall(rf"^## {number}\. .*?(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    return str(text)


def test_the_generated_parts_are_fresh() -> None:
    assert refreshed(TEXT) == TEXT, "run: python tests/support/spec_tables.py"
    assert {found[1] for found in BLOCK.finditer(TEXT)} == set(BLOCKS)


def test_no_rule_stands_twice() -> None:
    assert len(set(RULES)) == len(RULES)


@pytest.mark.parametrize("folder", ["protocol", "core", "server", "desktop", "tests"])
def test_every_rule_that_is_cited_exists(folder: str) -> None:
    assert {rule: where for rule, where in _citations(folder).items() if rule not in RULES} == {}


def test_every_rule_of_frames_bodies_and_codes_has_a_test() -> None:
    tested = _citations("tests/protocol")
    here = [rule for rule in RULES if rule[0] in "FBE" or rule in {f"C{number}" for number in range(1, 7)}]
    assert len(here) == 21
    assert [rule for rule in here if rule not in tested] == []


def test_every_rule_of_coaching_has_a_test() -> None:
    tested = _citations("tests/core/domain")
    here = [rule for rule in RULES if rule[0] == "G"]
    assert here == [f"G{number}" for number in range(1, 15)]
    assert [rule for rule in here if rule not in tested] == []


def test_the_contract_has_its_twelve_clauses() -> None:
    assert [rule for rule in RULES if rule[0] == "H"] == [f"H{number}" for number in range(1, 13)]


def test_every_test_that_holds_us_to_the_contract_exists() -> None:
    held = [path for line in HELD_BY.findall(TEXT) for path in line.split(", ")]
    assert held
    for path in held:
        assert re.fullmatch(r"`tests/[\w/]+\.py`", path), path
        assert (ROOT / path.strip("`")).is_file(), path


def _rows(chapter: int, first: str) -> list[list[str]]:
    """The cells of the table rows of a chapter whose first cell looks like `first`."""
    lines = [line for line in _chapter(chapter).splitlines() if re.match(rf"\| {first} \|", line)]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def test_every_refusal_code_says_whose_fault_it_is_and_whether_to_say_it_again() -> None:
    """[E1]"""
    rows = _rows(11, r"`[a-z_]+`")
    assert [row[0] for row in rows] == [code.value for code in RefusalCode]
    assert [row[2] for row in rows] == ["yes" if code.retryable else "no" for code in RefusalCode]
    assert all(row[1] and row[3] for row in rows)


def test_every_close_code_says_whose_fault_it_is_and_whether_to_come_back() -> None:
    """[E2]"""
    rows = _rows(11, r"\d+")
    assert [(int(row[0]), row[1]) for row in rows] == [(code.value, code.name.lower()) for code in CloseCode]
    assert [row[3] for row in rows] == ["yes" if code.reconnect else "no" for code in CloseCode]
    assert all(row[2] and row[4] for row in rows)


def test_the_names_of_other_systems_lead_to_names_of_ours() -> None:
    for _, here in [line.strip("| ").split(" | ") for line in _chapter(14).splitlines() if line.startswith("| `")]:
        for word in re.findall(r"`([a-z_.]+)`", here):
            known = word in OP_BY_NAME or word in EVENTS or word == "welcome"
            assert known or "later" in here, word


@pytest.mark.parametrize("file", sorted((ROOT / "protocol" / "vectors").glob("*.json")), ids=lambda file: file.name)
def test_every_rule_that_a_vector_names_exists(file: Path) -> None:
    named = {
        rule
        for rules in re.findall(r'"rules": \[([^\]]*)\]', file.read_text(encoding="utf-8"))
        for rule in re.findall(r"\w+", rules)
    }
    assert named
    assert named <= set(RULES)
    assert f"`{file.name}`" in (file.parent / "README.md").read_text(encoding="utf-8")


def test_the_example_of_a_direct_conversations_id_is_right() -> None:
    """[S13]: both sides and a reader of the document come to the same id."""
    one, other, conversation = (bytes.fromhex(said) for said in re.findall(r"`([0-9a-f]{32})`", TEXT))
    assert direct_id(one, other) == direct_id(other, one) == conversation
