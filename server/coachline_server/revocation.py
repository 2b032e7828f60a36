"""Devices signed out: their tokens die in the same commit, their connections before it is acknowledged."""

from collections.abc import Iterator, Sequence

from coachline_core.domain.streams import Batch
from coachline_protocol.ops import DeviceRevoke, SignOut
from coachline_protocol.rows import Device, Id

from coachline_server.store.port import Fact, TokensDropped
from coachline_server.stream_parts import Submission


def revoked(batch: Batch, submissions: Sequence[Submission]) -> Iterator[tuple[Id, Device, bool]]:
    """(person, device, whether it signed itself out) of each device that a batch signs out."""
    people = [changed for changed in batch.changes if changed.stream.kind == "person"]
    if not people:
        return
    envelopes = [submission.envelope for submission in submissions]
    if not any(isinstance(envelope.command, SignOut | DeviceRevoke) for envelope in envelopes):
        return
    itself = {envelope.device for envelope in envelopes if isinstance(envelope.command, SignOut)}
    for changed in people:
        for row in changed.rows:
            if isinstance(row, Device) and row.revoked_at is not None:
                yield changed.stream.id, row, row.id in itself


def dropped_tokens(batch: Batch, submissions: Sequence[Submission]) -> list[Fact]:
    """What is committed beside the rows of a batch, so that no token outlives its device."""
    return [TokensDropped(device.id) for _, device, _ in revoked(batch, submissions)]
