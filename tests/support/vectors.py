"""The vector files of protocol/vectors/, and the command that completes them.

Run as a program it writes the `hex` of every frame that stands in `accept.json` and `dialogues.json` in its
JSON form only: whoever adds an op or event writes the frame, and this the bytes.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
from coachline_protocol.codec import encode
from coachline_protocol.frames import Frame
from support.checkout import ROOT

FOLDER = ROOT / "protocol" / "vectors"

Json = Any
"""A JSON value as `json` gives it: what these files hold is checked by the tests that read them."""


def load(name: str) -> list[dict[str, Json]]:
    """The entries of one vector file."""
    entries: list[dict[str, Json]] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return entries


def from_json(value: Json) -> Json:
    """Plain values from their JSON form: `{"$bin": hex}` is a binary value."""
    if isinstance(value, dict):
        if value.keys() == {"$bin"}:
            return bytes.fromhex(value["$bin"])
        return {key: from_json(item) for key, item in value.items()}
    return [from_json(item) for item in value] if isinstance(value, list) else value


def to_json(value: Json) -> Json:
    """The JSON form of plain values."""
    if isinstance(value, bytes):
        return {"$bin": value.hex()}
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    return [to_json(item) for item in value] if isinstance(value, list | tuple) else value


def plain(frame: Frame) -> Json:
    """A frame as the plain array it is on the wire."""
    return msgspec.to_builtins(frame, builtin_types=(bytes,))


def frame_of(form: Json) -> Frame:
    """The frame that a vector's JSON form describes."""
    frame: Frame = msgspec.convert(from_json(form), Frame, builtin_types=(bytes,))
    return frame


def bytes_of(entry: dict[str, Json]) -> bytes:
    """The bytes of a vector: `hex`, or `pieces` of `[hex, times]` where they would be long."""
    if "pieces" in entry:
        return b"".join(bytes.fromhex(piece) * times for piece, times in entry["pieces"])
    return bytes.fromhex(entry["hex"])


def _complete(entry: dict[str, Json]) -> None:
    if "frame" in entry and "hex" not in entry:
        entry["hex"] = encode(frame_of(entry["frame"])).hex()


def _write(path: Path, entries: list[dict[str, Json]]) -> None:
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def main() -> None:
    """Complete `accept.json` and `dialogues.json` in place."""
    accept = load("accept.json")
    for entry in accept:
        _complete(entry)
    _write(FOLDER / "accept.json", accept)
    dialogues = load("dialogues.json")
    for dialogue in dialogues:
        for step in dialogue["steps"]:
            _complete(step)
    (FOLDER / "dialogues.json").write_text(json.dumps(dialogues, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
