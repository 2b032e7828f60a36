"""Devices signed out: their tokens die by the same commit, their connections before it is acknowledged."""

from collections.abc import Iterator, Sequence

from coachline_core.domain.person import PersonState
from coachline_core.domain.streams import Batch, State
from coachline_protocol.ops import DeviceRevoke, SignOut
from coachline_protocol.rows import Device, Id

from coachline_server.store.port import Fact, TokensDropped
from coachline_server.stream_parts import Submission

_SIGNING_OUT = (SignOut, DeviceRevoke)


def apart(submissions: Sequence[Submission]) -> Iterator[list[Submission]]:
    """Cut behind each that signs a device out, for a commit of its own; one empty part if there are none.

    The rows of a batch say how it ended only: of a device that was signed out and came back within it they would not
    say that it had been gone, and its old tokens would live on.
    """
    part: list[Submission] = []
    for submission in submissions:
        part.append(submission)
        if isinstance(submission.envelope.command, _SIGNING_OUT):
            yield part
            part = []
    if part or not submissions:
        yield part


def revoked(batch: Batch, submissions: Sequence[Submission]) -> Iterator[tuple[Id, Device, bool]]:
    """(person, device, whether it signed itself out) of each device that a batch signs out."""
    people = [changed for changed in batch.changes if changed.stream.kind == "person"]
    if not people:
        return
    envelopes = [submission.envelope for submission in submissions]
    if not any(isinstance(envelope.command, _SIGNING_OUT) for envelope in envelopes):
        return
    itself = {envelope.device for envelope in envelopes if isinstance(envelope.command, SignOut)}
    for changed in people:
        for row in changed.rows:
            if isinstance(row, Device) and row.revoked_at is not None:
                yield changed.stream.id, row, row.id in itself


def dropped_tokens(before: State, batch: Batch, submissions: Sequence[Submission]) -> list[Fact]:
    """What is committed beside the rows of a batch, and before any token it issues.

    A device that signs itself out forgets its token, and so does the house. One that is revoked may be away: its token
    is kept, to tell it so when it returns, and forgotten when somebody signs in on it again.
    """
    if not isinstance(before, PersonState):
        return []
    gone = [device.id for _, device, itself in revoked(batch, submissions) if itself]
    return [TokensDropped(device) for device in (*gone, *brought_back(before, batch))]


def brought_back(before: PersonState, batch: Batch) -> Iterator[Id]:
    """The devices that were revoked, and on which somebody signs in again."""
    out = {device.id for device in before.devices.values() if device.revoked_at is not None}
    for changed in batch.changes:
        for row in changed.rows if changed.stream == before.stream else ():
            if isinstance(row, Device) and row.revoked_at is None and row.id in out:
                yield row.id
