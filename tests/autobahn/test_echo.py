"""What the Autobahn|Testsuite is run against, and what is said where it cannot be run."""

import sys
from pathlib import Path

import pytest
import trio
import trio_websocket
from autobahn.__main__ import NO_PYTHON, judged, main, python27
from autobahn.echo import play_all, serving
from coachline_core.runtime.link import connect_link
from coachline_protocol.limits import SUBPROTOCOL


async def test_the_link_says_back_what_it_hears() -> None:
    async with serving() as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with connect_link(stream, host="h", path="/", subprotocol=SUBPROTOCOL, handshake_timeout=10) as link:
            await link.send(b"\x00\x01")
            assert await link.receive() == b"\x00\x01"


async def test_all_cases_of_a_fuzzing_server_are_played_and_the_report_asked_for() -> None:
    """A server that is no more than its list of paths."""
    asked: list[str] = []

    async def fuzz(request: trio_websocket.WebSocketRequest) -> None:
        asked.append(request.path)
        socket = await request.accept()
        if request.path == "/getCaseCount":
            await socket.send_message("2")
        elif request.path.startswith("/runCase"):
            await socket.send_message("text")
            assert await socket.get_message() == "text"
            await socket.send_message(b"bytes")
            assert await socket.get_message() == b"bytes"
        await socket.aclose()

    async with trio.open_nursery() as nursery:
        server = await nursery.start(trio_websocket.serve_websocket, fuzz, "127.0.0.1", 0, None)
        assert await play_all(server.port, "us") == 2
        nursery.cancel_scope.cancel()
    cases = [f"/runCase?case={number}&agent=us" for number in (1, 2)]
    assert asked == ["/getCaseCount", *cases, "/updateReports?agent=us"]


def test_without_a_python_2_7_one_sentence_is_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["autobahn"])
    assert main() == 0
    assert capsys.readouterr().out == f"{NO_PYTHON}\n"
    assert python27(sys.executable) is None


@pytest.mark.parametrize(
    ("behavior", "closing", "good"), [("OK", "OK", True), ("FAILED", "OK", False), ("OK", "WRONG CODE", False)]
)
def test_a_case_that_failed_is_named(
    behavior: str,
    closing: str,
    good: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("autobahn.__main__.BUILD", tmp_path)
    (tmp_path / "server").mkdir()
    report = f'{{"coachline": {{"1.1.1": {{"behavior": "{behavior}", "behaviorClose": "{closing}"}}}}}}'
    (tmp_path / "server" / "index.json").write_text(report, encoding="utf-8")
    assert judged("server") is good
    assert ("1.1.1: " in capsys.readouterr().out) is not good
