"""Coverage-guided fuzzing of the decoder and of what a server makes of a message, by atheris where it can be had.

Atheris is in no lock file: it is a native library that has no wheel for some of the Pythons and systems we support.
"""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from coachline_protocol import ops
from coachline_protocol.codec import decode_message, encode
from coachline_protocol.codes import RemoteProtocolError
from coachline_protocol.connection import Asked, Connection, Rejected
from fuzz.strategies import Piece

CORPUS = Path(__file__).resolve().parent / "corpus"
MOST_BYTES = 70_000


def said(data: bytes) -> None:
    """What must hold of any bytes: frames that say the same bytes again, or a protocol error; and as a server hears
    them, in both states, questions and refusals or the end. Whatever else is raised is a finding.
    """
    try:
        frames = decode_message(data)
    except RemoteProtocolError:
        frames = None
    if frames is not None:
        assert b"".join(encode(frame) for frame in frames) == data
    stranger, guest = Connection("server"), Connection("server")
    greet(guest)
    for server in (stranger, guest):
        try:
            heard = server.receive(data)
        except RemoteProtocolError:
            continue
        assert all(isinstance(each, Asked | Rejected) for each in heard)


def greet(server: Connection) -> None:
    """Bring a server's side to where a welcomed client speaks."""
    client = Connection("client")
    number, hello = client.request(ops.Hello(token=bytes(32), client="fuzz"))
    server.receive(hello)
    server.reply(number, ops.Welcome(person=bytes(16), device=bytes(16), epoch=bytes(16), now=0, heads=()))


def pieces(file: Path) -> tuple[Piece, ...]:
    """What a file of the corpus says: a piece a line, its kind and its bytes in hexadecimal, after comments."""
    lines = (line for line in file.read_text(encoding="ascii").splitlines() if not line.startswith("#"))
    return tuple(
        Piece(cast(Any, kind), bytes.fromhex(data)) for kind, _, data in (line.partition(" ") for line in lines)
    )


def run(seconds: int, seed: int, say: Callable[[str], None]) -> int:
    """For so long, beginning with the corpus; 0: nothing was found, 2: there is no atheris."""
    if importlib.util.find_spec("atheris") is None:
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", "atheris"]
        if subprocess.run(install, check=False).returncode != 0:
            sys.stderr.write("atheris cannot be installed for this Python and system: fuzz without --decode.\n")
            return 2
    say(f"decoder, {seconds} s, seed {seed}:")
    return subprocess.run(
        [sys.executable, "-m", "fuzz.atheris_target", str(seconds), str(seed)], check=False
    ).returncode
