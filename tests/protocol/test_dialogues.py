"""The dialogues of the vectors, played by both sides: `>>` the client speaks, `<<` the server."""

from typing import Any

import pytest
from coachline_protocol.bodies import parse_event, parse_refused, parse_reply, parse_request
from coachline_protocol.codes import LocalProtocolError, Refusal, RemoteProtocolError
from coachline_protocol.connection import Answered, Connection, Denied, Rejected, Told
from coachline_protocol.frames import Event, Reply, Request
from support.vectors import bytes_of, frame_of, load

DIALOGUES = load("dialogues.json")


class _Stage:
    """Both sides of a dialogue. What the client would not say is put into the server's ear alone."""

    def __init__(self) -> None:
        self.client, self.server = Connection("client"), Connection("server")
        self.close_code: int | None = None
        self.rejected: bytes | None = None

    def play(self, step: dict[str, Any]) -> None:
        """One step: what is said is byte for byte what is written, and leads to the written state."""
        if step["say"] == "end":
            assert self.close_code == step["close"]
        elif step["say"] == ">>":
            self._client_speaks(step)
        else:
            self._server_speaks(step)
        assert self.server.state == step.get("state", "closed")

    def _client_speaks(self, step: dict[str, Any]) -> None:
        data, frame = bytes_of(step), frame_of(step["frame"])
        assert isinstance(frame, Request)
        body = parse_request(frame)
        if "client" not in step:
            assert not isinstance(body, Refusal)
            assert self.client.request(body) == (frame.id, data)
            assert self.client.state == step["state"]
        elif not isinstance(body, Refusal) and frame.id not in self.client.waiting:
            with pytest.raises(LocalProtocolError):
                self.client.request(body)
        try:
            (heard,) = self.server.receive(data)
        except RemoteProtocolError as error:
            self.close_code = error.close_code
        else:
            self.rejected = heard.data if isinstance(heard, Rejected) else None

    def _server_speaks(self, step: dict[str, Any]) -> None:
        data = bytes_of(step)
        assert self._said(step) == data
        if "client" not in step:
            (heard,) = self.client.receive(data)
            assert isinstance(heard, Answered | Denied | Told)
            assert self.client.state == step["state"]

    def _said(self, step: dict[str, Any]) -> bytes | None:
        frame = frame_of(step["frame"])
        if step.get("by") == "connection":
            return self.rejected
        if isinstance(frame, Event):
            told = parse_event(frame)
            assert told is not None
            return self.server.event(frame.name, told)
        if isinstance(frame, Reply):
            return self.server.reply(frame.id, parse_reply(frame, self.server.waiting[frame.id]))
        assert not isinstance(frame, Request)
        return self.server.refuse(frame.id, parse_refused(frame))


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: str(dialogue["name"]))
def test_a_dialogue_goes_as_written(dialogue: dict[str, Any]) -> None:
    """[C1] [C2] [C3] [C5]"""
    stage = _Stage()
    for step in dialogue["steps"]:
        stage.play(step)
