"""Codes say what to do next; limits agree with one another."""

from typing import get_args

import pytest
from coachline_protocol import limits
from coachline_protocol.codes import CloseCode, Refusal, RefusalCode, RemoteProtocolError
from coachline_protocol.ops import OPS, Command

COMMANDS = set(get_args(Command))


def test_what_may_be_said_again_unchanged() -> None:
    """[E1]"""
    again = {code.value for code in RefusalCode if code.retryable}
    assert again == {"out_of_order", "rate_limited", "busy", "unavailable", "draining"}


@pytest.mark.parametrize("code", CloseCode)
def test_a_close_code_says_by_its_number_whether_to_come_back(code: CloseCode) -> None:
    """[E2]"""
    assert code.reconnect == (code in (1000, 1001) or 4000 <= code <= 4499)


def test_details_leave_out_the_code_and_what_is_absent() -> None:
    refusal = Refusal(code=RefusalCode.TEXT_TOO_LONG, limit=5_000, actual=5_001)
    assert refusal.details() == {"limit": 5_000, "actual": 5_001}


def test_a_remote_error_closes_as_protocol_error_unless_told_otherwise() -> None:
    assert RemoteProtocolError("x").close_code is CloseCode.PROTOCOL_ERROR


def test_every_mutation_and_nothing_else_is_a_command() -> None:
    """[M1]"""
    assert {op.request for op in OPS if op.mutation} == COMMANDS
    assert all("id" in request.__struct_fields__ for request in COMMANDS)


def test_what_must_fit_into_another_fits() -> None:
    assert limits.MAX_ANSWER_BYTES < limits.MAX_FRAME_BYTES < limits.MAX_MESSAGE_BYTES
    assert limits.MAX_BIN_BYTES + 1_024 < limits.MAX_FRAME_BYTES
    assert limits.TEXT_CHARACTERS * 4 == limits.MAX_TEXT_BYTES
    assert limits.PICTURE_BYTES < limits.MAX_BIN_BYTES
    assert max(limits.CHANGES_MAX, limits.HISTORY_MAX, limits.LIST_MAX) < limits.MAX_ITEMS
    assert limits.KEEPALIVE_SECONDS < limits.CLIENT_KEEPALIVE_SECONDS < limits.SILENCE_SECONDS
    assert limits.TYPING_EVERY_SECONDS < limits.TYPING_STOPS_SECONDS < limits.TYPING_EXPIRES_SECONDS
