"""Ids: when they were made, and the one a pair has by name."""

import uuid

import pytest
from coachline_core.domain.ids import direct_id, first_of, made_at
from hypothesis import given
from hypothesis import strategies as st

IDS = st.binary(min_size=16, max_size=16)


def test_a_uuid_of_version_7_says_when_it_was_made() -> None:
    # The example of RFC 9562, appendix A.6: Tuesday, February 22, 2022 2:22:22 PM GMT-05:00.
    assert made_at(uuid.UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F").bytes) == 1_645_557_742_000


def test_the_first_id_of_a_time_is_between_those_made_before_and_then() -> None:
    id = uuid.UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F").bytes
    assert first_of(1_645_557_742_000) < id < first_of(1_645_557_742_001)
    assert first_of(0) == bytes(16)


NO_IDS = {
    "too short": b"short",
    "nil": uuid.UUID(int=0).bytes,
    "version 4": uuid.UUID("6f1c2d3e-4b5a-4c6d-8e7f-901122334455").bytes,
    "version 7 of no variant": bytes(6) + b"\x70" + bytes(9),
}


@pytest.mark.parametrize("id", NO_IDS.values(), ids=NO_IDS)
def test_what_is_no_uuid_of_version_7_says_nothing(id: bytes) -> None:
    assert made_at(id) is None


@given(IDS, IDS)
def test_a_pair_has_one_conversation_whoever_names_it(one: bytes, other: bytes) -> None:
    assert direct_id(one, other) == direct_id(other, one)


@given(IDS, IDS, IDS)
def test_other_pairs_have_other_conversations(one: bytes, other: bytes, third: bytes) -> None:
    assert (direct_id(one, other) == direct_id(one, third)) == (other == third)


@given(IDS, IDS)
def test_the_id_of_a_direct_conversation_is_a_uuid_of_version_8(one: bytes, other: bytes) -> None:
    made = uuid.UUID(bytes=direct_id(one, other))
    assert (made.version, made.variant) == (8, uuid.RFC_4122)
