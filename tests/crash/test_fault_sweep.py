"""The short form of the n-th fault sweep: of every kind of fault, some."""

from pathlib import Path

import pytest
from crash.sweep import KINDS, Kind, play, sweep

STEP = 8


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_whatever_goes_wrong_the_contract_holds(kind: Kind, tmp_path: Path) -> None:
    """[H1] [H2] [H3] [H9] [H10]"""
    results = list(sweep(tmp_path, kind, STEP))
    assert len(results) > 3
    assert [problem for result in results for problem in result.problems] == []


def test_the_same_call_is_the_same_again(tmp_path: Path) -> None:
    """Or the sweep would pass some by."""
    kind = Kind("statement", "disk error")
    once, again = (play(tmp_path / name, kind, 40) for name in ("once", "again"))
    assert once == again
    assert once.where
