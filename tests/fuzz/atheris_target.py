"""The process that atheris takes over: instruments the protocol, then never returns. `SECONDS SEED` are its words."""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["coachline_protocol", "msgpack"]):
    from fuzz.decoding import CORPUS, MOST_BYTES, pieces, said
    from support.vectors import bytes_of, load


def main() -> None:
    """Fuzz; libFuzzer ends the process, with another exit code than 0 if it found something."""
    seconds, seed = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        sound = [bytes_of(entry) for entry in load("accept.json")]
        saved = [piece.data for file in sorted(CORPUS.glob("*.hex")) for piece in pieces(file)]
        for number, data in enumerate([*sound, *saved]):
            (Path(folder) / str(number)).write_bytes(data)
        words = [
            f"-max_total_time={seconds}",
            f"-seed={seed}",
            f"-max_len={MOST_BYTES}",
            "-print_final_stats=1",
            "-verbosity=0",
        ]
        atheris.Setup([sys.argv[0], *words, folder], said)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
