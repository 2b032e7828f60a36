"""Who may do what: the one place that answers, from what a person is told about himself.

A person's `Standing` is a fold over rows he may see, so it is right as soon as he is told of a change.
`grant` judges a request by it; a stream takes nothing without the `Grant` that only this module makes.
Whoever could never see a thing is told `not_found`, as if it were absent; whoever sees it, or once did, is told
what stands in the way. Deciding judges again on the stream's own state, so a race is never won by a request
that was granted a moment too early.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import msgspec
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import AnyRow, Conversation, Id, Member, Message, Profile, Relationship, StreamId

from coachline_core.domain import conversation, record
from coachline_core.domain.conversation import conversation_stream, direct_id, membership_refusal, writing_refusal
from coachline_core.domain.permits import PairCommand, coached, of_pair
from coachline_core.domain.person import may_invite, person_stream
from coachline_core.domain.rules import home
from coachline_core.domain.streams import newer, with_row
from coachline_core.domain.templates import may_keep

_MINT: Final = object()

Asked = (
    ops.Command
    | ops.DeviceList
    | ops.PeopleList
    | ops.ConversationList
    | ops.ConversationView
    | ops.History
    | ops.Receipts
    | ops.CursorDelivered
    | ops.CursorRead
    | ops.Typing
    | ops.Heads
    | ops.Changes
    | ops.Snapshot
    | ops.PresenceQuery
)
"""What a signed-in device may ask."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What one person may do: his profile, memberships and the conversations they are of, relationships.

    `trainers` are the relationships in which he is the client, by trainer; `clients` those in which he is the
    trainer, by client.
    """

    person: Id
    profile: Profile | None = None
    members: Mapping[Id, Member] = field(default_factory=dict)
    conversations: Mapping[Id, Conversation] = field(default_factory=dict)
    trainers: Mapping[Id, Relationship] = field(default_factory=dict)
    clients: Mapping[Id, Relationship] = field(default_factory=dict)


class Grant(msgspec.Struct, frozen=True):
    """`person` may address `stream`, for the request it was made for. Made by `grant` and `enter` only."""

    person: Id
    stream: StreamId
    mint: object

    def __post_init__(self) -> None:
        if self.mint is not _MINT:
            raise TypeError("a grant is made by this module only")


def learn(standing: Standing, stream: StreamId, row: AnyRow) -> Standing:
    """The standing of a person who was told this row; rows that say nothing about what he may do change nothing."""
    match row:
        case Profile() if stream == person_stream(standing.person):
            return replace(standing, profile=newer(standing.profile, row))
        case Member() if row.person == standing.person:
            return replace(standing, members=with_row(standing.members, stream.id, row))
        case Conversation():
            return replace(standing, conversations=with_row(standing.conversations, stream.id, row))
        case Relationship() if row.client == standing.person:
            return replace(standing, trainers=with_row(standing.trainers, row.trainer, row))
        case Relationship() if row.trainer == standing.person:
            return replace(standing, clients=with_row(standing.clients, row.client, row))
        case _:
            return standing


def teaches(row: AnyRow) -> bool:
    """Whether `learn` may learn something of this row; nearly all there are teach nothing."""
    return not isinstance(row, Message)


def learn_all(standing: Standing, told: Iterable[tuple[StreamId, AnyRow]]) -> Standing:
    """`learn`, of many rows."""
    for stream, row in told:
        standing = learn(standing, stream, row)
    return standing


def grant(standing: Standing, body: Asked) -> Grant | Refusal:
    """Whether a person may ask this now, and of which stream."""
    stream, refusal = _judge(standing, body)
    return refusal or Grant(standing.person, stream, _MINT)


def enter(person: Id) -> Grant:
    """The way in for whoever has just proved who he is, by password or invitation code: his own stream."""
    return Grant(person, person_stream(person), _MINT)


def _judge(standing: Standing, body: Asked) -> tuple[StreamId, Refusal | None]:
    me = standing.person
    match body:
        # What is said most is asked for first.
        case ops.MessagePost() | ops.Typing():
            return conversation_stream(body.conversation), _writing(standing, body.conversation)
        case ops.CursorDelivered() | ops.CursorRead():
            return conversation_stream(body.conversation), _taking_part(standing, body.conversation)
        case _ if isinstance(body, ops.RecordCommand):
            return home(me, body), _recording(standing, body)
        case ops.ConversationView(conversation=bytes() as viewed):
            return conversation_stream(viewed), _taking_part(standing, viewed)
        case ops.History() | ops.Receipts():
            stream = conversation_stream(body.conversation)
            return stream, _reading(standing, stream, "conversation")
        case ops.Changes() | ops.Snapshot():
            return body.stream, _reading(standing, body.stream, "stream")
        case ops.ConversationOpen():
            return home(me, body), _opening(standing, body.person)
        case ops.TemplateSet():
            roles = () if standing.profile is None else standing.profile.roles
            return home(me, body), may_keep(roles)
        case ops.InvitationCreate():
            roles = () if standing.profile is None else standing.profile.roles
            return home(me, body), may_invite(roles, body.purpose)
        case ops.InvitationAccept():
            return home(me, body), None
        case _:
            return person_stream(me), None


def _writing(standing: Standing, conversation: Id) -> Refusal | None:
    return writing_refusal(standing.conversations.get(conversation), standing.members.get(conversation))


def _taking_part(standing: Standing, conversation: Id) -> Refusal | None:
    return membership_refusal(standing.members.get(conversation))


def _recording(standing: Standing, command: ops.RecordCommand) -> Refusal | None:
    """What the client consents to is judged by the record itself, where the latest word on it is."""
    match command:
        case ops.ConsentSet():
            return _refused(coached(standing.trainers.get(command.trainer), "trainer"))
        case ops.RelationshipPause() | ops.RelationshipResume() | ops.RelationshipEnd():
            return _refused(of_pair(standing.person, command, _between(standing, command)))
        case _ if command.client == standing.person:
            return None
        case _:
            return _refused(coached(standing.clients.get(command.client), "client"))


def _between(standing: Standing, command: PairCommand) -> Relationship | None:
    """My relationship that a command names, whichever of its sides I am."""
    if command.client == standing.person:
        return standing.trainers.get(command.trainer)
    return standing.clients.get(command.client)


def _refused(held: Relationship | Refusal) -> Refusal | None:
    return held if isinstance(held, Refusal) else None


def _reading(standing: Standing, stream: StreamId, named: str) -> Refusal | None:
    """Own streams; conversations one is or was a member of; records of those one coaches, or was left something of."""
    hidden = Refusal(code=RefusalCode.NOT_FOUND, field=named)
    match stream.kind:
        case "conversation":
            return None if stream.id in standing.members else hidden
        case "record" if stream.id != standing.person:
            held = standing.clients.get(stream.id)
            return None if held is not None and held.left else _refused(coached(held, named))
        case _:
            return None if stream.id == standing.person else hidden


def still_readable(standing: Standing, heads: Sequence[ops.Head]) -> tuple[ops.Head, ...]:
    """Heads that were read some time ago, without those of streams that the person lost meanwhile.

    What he was not told of yet stays: he has it, only the word of it is on its way.
    """
    return tuple(head for head in heads if not _lost(standing, head.stream))


def _lost(standing: Standing, stream: StreamId) -> bool:
    refusal = _reading(standing, stream, "stream")
    return refusal is not None and refusal.code is not RefusalCode.NOT_FOUND


def _opening(standing: Standing, other: Id) -> Refusal | None:
    """The same grounds as `conversation.opening_grounds`, from what this person knows."""
    if other == standing.person:
        return Refusal(code=RefusalCode.INVALID, field="person", hint="a conversation has two people")
    related = [held for held in (standing.trainers.get(other), standing.clients.get(other)) if held is not None]
    if direct_id(standing.person, other) in standing.members or any(held.state == "active" for held in related):
        return None
    if standing.profile is not None and "admin" in standing.profile.roles:
        return None
    if related:
        return Refusal(code=RefusalCode.NO_RELATIONSHIP, field="person")
    return Refusal(code=RefusalCode.NOT_FOUND, field="person")


# -- what is shown -----------------------------------------------------------------------------------------


def sight(standing: Standing, stream: StreamId) -> Callable[[AnyRow], bool]:
    """Whether a person may see a row of this stream: to be asked of each."""
    match stream.kind:
        case "conversation":
            return partial(conversation.sees, standing.members.get(stream.id))
        case "record":
            return partial(record.sees, standing.person, stream.id, standing.clients.get(stream.id))
        case _:
            return lambda _: stream.id == standing.person


def presence_visible(standing: Standing, other: Id) -> bool:
    """Whether a person is told when another one is here.

    A client is told of his active trainers, a trainer of the active clients who consent. Where two people coach
    each other, the one who withholds consent is not shown.
    """
    if other == standing.person:
        return True
    client, trainer = standing.clients.get(other), standing.trainers.get(other)
    if client is not None and client.state == "active":
        return client.consent.see_presence
    return trainer is not None and trainer.state == "active"


def presence_audience(standing: Standing) -> tuple[Id, ...]:
    """Who is told when this person comes and goes, in sorted order: those for whom `presence_visible` holds."""
    trainers = {other for other, held in standing.trainers.items() if held.state == "active"}
    told = {other for other in trainers if standing.trainers[other].consent.see_presence}
    clients = {other for other, held in standing.clients.items() if held.state == "active"}
    return tuple(sorted(told | (clients - trainers)))
