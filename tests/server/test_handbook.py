"""OPERATING.md says what the program says: its tables are made from the code."""

import pytest
from coachline_server.cli import EPILOG
from coachline_server.exits import Exit
from coachline_server.handbook import metrics_table, table
from coachline_server.metrics import Metrics
from support.checkout import ROOT

OPERATING = (ROOT / "server" / "OPERATING.md").read_text(encoding="utf-8")


def test_every_key_is_in_it() -> None:
    assert table() in OPERATING


def test_every_metric_is_in_it() -> None:
    assert metrics_table(Metrics().registry) in OPERATING


@pytest.mark.parametrize("code", Exit)
def test_every_exit_code_is_in_it_and_in_the_help(code: Exit) -> None:
    assert f"| {code.value} | {code.name} |" in OPERATING
    assert f" {code.value} " in EPILOG
