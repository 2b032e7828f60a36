"""What clients were told against what the database holds: every sentence returned is a broken promise."""

from collections.abc import Iterator, Mapping

from coachline_core.domain.streams import row_key
from coachline_protocol import ops
from coachline_protocol.rows import AnyRow, Cursor, Id, Message, Seq, StreamId
from coachline_server.store.port import Store, StreamRows
from crash.told import Chronicle, RowKey

ALL = 1_000_000


def compare(chronicle: Chronicle, store: Store) -> list[str]:
    """Lost, doubled, told and not there, in another order, gone back. Empty: none of it."""
    held = {stream: store.load(stream) for stream in _streams(chronicle)}
    messages = {
        stream.id: store.messages(stream.id, before=None, after=0, limit=ALL)
        for stream in held
        if stream.kind == "conversation"
    }
    return [
        *chronicle.problems,
        *_about_heads(chronicle, held),
        *_about_rows(chronicle, held, messages),
        *_about_replies(chronicle, store, messages),
        *_about_receipts(chronicle, store),
        *(found for conversation, kept in messages.items() for found in _about_messages(chronicle, conversation, kept)),
        *(found for stream, kept in held.items() for found in _about_cursors(chronicle, stream.id, kept)),
    ]


def _streams(chronicle: Chronicle) -> list[StreamId]:
    named = {*chronicle.heads, *(stream for stream, _ in chronicle.rows)}
    named |= {StreamId("conversation", said.post.conversation) for said in chronicle.said.values()}
    named |= {StreamId("conversation", conversation) for conversation, _ in chronicle.cursors}
    return sorted(named)


def _about_heads(chronicle: Chronicle, held: Mapping[StreamId, StreamRows]) -> Iterator[str]:
    for stream, rev in chronicle.heads.items():
        if held[stream].rev < rev:
            yield f"{stream} was told to be at {rev} and stands at {held[stream].rev}"


def _about_rows(
    chronicle: Chronicle, held: Mapping[StreamId, StreamRows], messages: Mapping[Id, tuple[Message, ...]]
) -> Iterator[str]:
    """Nothing was told that is not there, or is there otherwise."""
    rows: dict[RowKey, AnyRow] = {(stream, row_key(row)): row for stream, kept in held.items() for row in kept.rows}
    for conversation, found in messages.items():
        rows.update({(StreamId("conversation", conversation), row_key(message)): message for message in found})
    for key, told in chronicle.rows.items():
        kept = rows.get(key)
        if kept is None:
            yield f"{told} was told and is not there"
        elif kept.rev < told.rev or (kept.rev == told.rev and kept != told):
            yield f"{told} was told and {kept} is there"


def _about_replies(chronicle: Chronicle, store: Store, messages: Mapping[Id, tuple[Message, ...]]) -> Iterator[str]:
    """[H1] [M4] Every acknowledgement holds: the message is in its place, and the answer is remembered."""
    places = {message.id: message for found in messages.values() for message in found}
    for (author, command), reply in chronicle.replies.items():
        if isinstance(reply, ops.Posted):
            message = places.get(command)
            if message is None:
                yield f"{command.hex()} was acknowledged and is not there"
            elif (message.rev, message.seq, message.at) != (reply.rev, reply.seq, reply.at):
                yield f"{command.hex()} was acknowledged as {reply} and is there as {message}"
        remembered = store.answer(author, command)
        if remembered is None or remembered.reply != reply:
            yield f"{command.hex()} was answered {reply}, and what is remembered is {remembered}"


def _about_messages(chronicle: Chronicle, conversation: Id, kept: tuple[Message, ...]) -> Iterator[str]:
    """[H2] [H3] In one order without a gap, each once, each as it was said, those of a device in its order."""
    if [message.seq for message in kept] != list(range(1, len(kept) + 1)):
        yield f"the seqs of {conversation.hex()} have gaps"
    places: dict[Id, Seq] = {}
    latest: dict[Id, tuple[int, Seq]] = {}
    for message in kept:
        if message.kind != "text":
            continue
        if message.id in places:
            yield f"{message.id.hex()} is there twice, at {places[message.id]} and {message.seq}"
        places[message.id] = message.seq
        said = chronicle.said.get(message.id)
        if said is None or (said.post.text, said.post.conversation) != (message.text, conversation):
            yield f"{message} was said by nobody"
            continue
        order, seq = latest.get(said.device, (-1, 0))
        if said.order < order:
            yield f"{message.id.hex()} at {message.seq} was said before what stands at {seq}"
        latest[said.device] = said.order, message.seq


def _about_cursors(chronicle: Chronicle, conversation: Id, kept: StreamRows) -> Iterator[str]:
    """[H5] Where members were told to have come, they have."""
    cursors = {cursor.person: cursor for cursor in kept.cursors}
    for (place, person), (delivered, read) in chronicle.cursors.items():
        cursor = cursors.get(person, Cursor(person=person))
        if place == conversation and (cursor.delivered < delivered or cursor.read < read):
            yield f"{person.hex()} was told to have come to {delivered} and {read}, and has to {cursor}"
    for cursor in cursors.values():
        if not cursor.read <= cursor.delivered <= kept.seq:
            yield f"{cursor} of {kept.seq}"


def _about_receipts(chronicle: Chronicle, store: Store) -> Iterator[str]:
    for (conversation, seq, person), told in chronicle.receipts.items():
        kept = {receipt.person: receipt for receipt in store.receipts(conversation, seq)}.get(person)
        for name in ("delivered_at", "read_at"):
            said = getattr(told, name)
            if said is not None and said != getattr(kept, name, None):
                yield f"{name} of {seq} by {person.hex()} was told {said} and is {getattr(kept, name, None)}"
