"""A connection, both roles, driven into every corner of its table. The dialogues have a file of their own."""

from typing import Any

import pytest
from coachline_protocol import limits
from coachline_protocol.codec import encode
from coachline_protocol.codes import CloseCode, LocalProtocolError, Refusal, RefusalCode, RemoteProtocolError
from coachline_protocol.connection import Answered, Asked, Connection, Denied, Rejected, Told, encode_event
from coachline_protocol.frames import Event, Reply, Request
from coachline_protocol.ops import (
    OP_BY_NAME,
    CursorMoved,
    DeviceList,
    Devices,
    Empty,
    Hello,
    MessagePost,
    Typing,
    TypingSeen,
    Welcome,
)
from coachline_protocol.state import State
from support.vectors import bytes_of, load

ID = bytes(16)
HELLO = Hello(token=bytes(32), client="test 1")
WELCOME = Welcome(person=ID, device=ID, epoch=ID, now=0, heads=())
TYPING = TypingSeen(conversation=ID, person=ID, on=True)
BUSY = Refusal(code=RefusalCode.BUSY)

FATAL = [entry for entry in load("reject.json") if "close" in entry and "text" not in entry]
REFUSED = [entry for entry in load("reject.json") if "refusal" in entry]


def _id(entry: dict[str, Any]) -> str:
    return str(entry["name"])


def _welcomed() -> tuple[Connection, Connection]:
    """A client's and a server's side of one connection after welcome."""
    client, server = Connection("client"), Connection("server")
    request_id, data = client.request(HELLO)
    server.receive(data)
    client.receive(server.reply(request_id, WELCOME))
    return client, server


# -- what the peer must not say ----------------------------------------------------------------------------


@pytest.mark.parametrize("entry", FATAL, ids=_id)
def test_a_rejected_vector_ends_the_connection_of_whoever_hears_it(entry: dict[str, Any]) -> None:
    """[C3] [C4] [C5] [C6]"""
    hearer = Connection(entry["hearer"])
    with pytest.raises(RemoteProtocolError) as caught:
        hearer.receive(bytes_of(entry))
    assert caught.value.close_code == entry["close"]
    assert hearer.state is State.CLOSED


@pytest.mark.parametrize("entry", REFUSED, ids=_id)
def test_a_refused_vector_is_answered_by_the_connection_itself(entry: dict[str, Any]) -> None:
    """[B4]: under its id, and the connection goes on."""
    _, server = _welcomed()
    (heard,) = server.receive(bytes_of(entry))
    assert isinstance(heard, Rejected)
    assert heard.id == 1
    assert heard.refusal.code == entry["refusal"]["code"]
    assert server.state is State.WELCOMED
    assert server.outstanding == 0


def test_a_broken_body_from_the_server_ends_the_connection() -> None:
    """[B6]"""
    client, _ = _welcomed()
    request_id, _ = client.request(DeviceList())
    with pytest.raises(RemoteProtocolError):
        client.receive(encode(Reply(request_id, {"devices": 1})))
    assert client.state is State.CLOSED
    assert client.outstanding == 0


def test_an_unknown_event_is_not_heard() -> None:
    """[B5]"""
    client, _ = _welcomed()
    assert client.receive(encode(Event("from_later", {}))) == []


# -- asking and answering ----------------------------------------------------------------------------------


def test_an_answer_comes_with_the_request_it_answers() -> None:
    """[C5]"""
    client, server = _welcomed()
    request_id, data = client.request(DeviceList())
    assert (client.outstanding, server.outstanding) == (1, 0)
    assert server.receive(data) == [Asked(request_id, OP_BY_NAME["device.list"], DeviceList())]
    assert server.waiting == {request_id: OP_BY_NAME["device.list"]}
    reply = Devices(devices=())
    heard = client.receive(server.reply(request_id, reply))
    assert heard == [Answered(request_id, OP_BY_NAME["device.list"], DeviceList(), reply)]
    assert (client.outstanding, server.outstanding) == (0, 0)


def test_a_refusal_comes_with_the_request_it_refuses() -> None:
    """[C5]"""
    client, server = _welcomed()
    request = Typing(conversation=ID, on=True)
    request_id, data = client.request(request)
    server.receive(data)
    refusal = Refusal(code=RefusalCode.RATE_LIMITED, retry_after_ms=500)
    heard = client.receive(server.refuse(request_id, refusal))
    assert heard == [Denied(request_id, OP_BY_NAME["typing"], request, refusal)]


def test_one_message_may_say_many_things() -> None:
    """[F1]"""
    client, server = _welcomed()
    data = b"".join(client.request(DeviceList())[1] for _ in range(3))
    assert [heard.id for heard in server.receive(data) if isinstance(heard, Asked)] == [1, 2, 3]
    answers = server.reply(1, Devices(devices=())) + server.event("typing", TYPING)
    assert [type(heard) for heard in client.receive(answers)] == [Answered, Told]


def test_a_client_waits_for_64_answers_and_no_more() -> None:
    """[C5]"""
    client, server = _welcomed()
    data = [client.request(DeviceList())[1] for _ in range(limits.MAX_OUTSTANDING)]
    assert len(server.receive(b"".join(data))) == limits.MAX_OUTSTANDING
    with pytest.raises(LocalProtocolError, match="waiting"):
        client.request(DeviceList())
    with pytest.raises(RemoteProtocolError, match="waiting") as caught:
        server.receive(encode(Request(9_999, "device.list", {})))
    assert caught.value.close_code is CloseCode.PROTOCOL_ERROR


def test_ids_begin_again_and_pass_over_those_that_wait() -> None:
    """[C5]"""
    client, _ = _welcomed()
    client._next_id = 0
    assert client.request(DeviceList())[0] == 0
    client._next_id = limits.MAX_REQUEST_ID
    assert client.request(DeviceList())[0] == limits.MAX_REQUEST_ID
    assert client.request(DeviceList())[0] == 1


def test_an_event_encoded_once_is_the_event_encoded_for_one() -> None:
    client, server = _welcomed()
    data = encode_event("typing", TYPING)
    assert data == server.event("typing", TYPING)
    assert client.receive(data) == [Told("typing", TYPING)]


def test_nothing_is_heard_or_said_after_the_end() -> None:
    """[C6]"""
    client, server = _welcomed()
    _, data = client.request(DeviceList())
    server.close()
    client.close()
    client.close()
    assert server.receive(data) == []
    with pytest.raises(LocalProtocolError, match="closed"):
        client.request(DeviceList())
    with pytest.raises(LocalProtocolError, match="closed"):
        server.event("typing", TYPING)
    with pytest.raises(LocalProtocolError, match="not waiting"):
        server.reply(1, Devices(devices=()))


# -- what this side must not say ---------------------------------------------------------------------------


def test_each_role_says_only_what_is_its_own() -> None:
    """[C4]"""
    client, server = _welcomed()
    for say in (
        lambda: server.request(DeviceList()),
        lambda: client.reply(0, Empty()),
        lambda: client.refuse(0, BUSY),
        lambda: client.event("typing", TYPING),
    ):
        with pytest.raises(LocalProtocolError, match="only a"):
            say()


def test_no_event_before_welcome() -> None:
    """[C3]"""
    with pytest.raises(LocalProtocolError, match="opened"):
        Connection("server").event("typing", TYPING)


def test_an_event_is_told_with_its_own_body() -> None:
    for name, body in (("typing", CursorMoved(conversation=ID, cursors=())), ("no such event", TYPING)):
        with pytest.raises(LocalProtocolError, match="not the body"):
            encode_event(name, body)


def test_a_reply_is_its_ops_and_a_request_an_ops() -> None:
    client, server = _welcomed()
    request_id, data = client.request(DeviceList())
    server.receive(data)
    with pytest.raises(LocalProtocolError, match="not the reply"):
        server.reply(request_id, Empty())
    with pytest.raises(LocalProtocolError, match="is not a request"):
        client.request(Empty())
    assert server.outstanding == 1


def test_an_answer_is_given_once() -> None:
    """[C5]"""
    client, server = _welcomed()
    request_id, data = client.request(DeviceList())
    server.receive(data)
    server.reply(request_id, Devices(devices=()))
    with pytest.raises(LocalProtocolError, match="not waiting"):
        server.reply(request_id, Devices(devices=()))
    with pytest.raises(LocalProtocolError, match="not waiting"):
        server.refuse(request_id, BUSY)


@pytest.mark.parametrize(
    "body",
    [
        MessagePost(id=ID, conversation=b"short", text="x"),
        MessagePost(id=ID, conversation=ID, text="a\0b"),
        MessagePost(id=ID, conversation=ID, text="a\ud800b"),
        MessagePost(id=ID, conversation=ID, text="x" * limits.MAX_FRAME_BYTES),
    ],
    ids=["wrong length", "U+0000", "surrogate", "too large"],
)
def test_a_client_says_nothing_that_would_end_its_connection(body: MessagePost) -> None:
    """[B7]: and what was not said waits for no answer."""
    client, _ = _welcomed()
    with pytest.raises(LocalProtocolError):
        client.request(body)
    assert client.outstanding == 0
