"""A process that appends messages to one conversation and says so, line by line, once each is durable.

    python -m support.store_writer URL KEY_FILE WRITER HOW_MANY

Prints the seq of every acknowledged message. Others may write too: it begins again where the stream then stands.
"""

import sys
from pathlib import Path

from coachline_server.store.opening import open_store
from coachline_server.store.port import Committed, Moved
from support.stored import CHAT, id_of, posted


def main(url: str, key_file: str, writer: str, how_many: str) -> None:
    store = open_store(url, Path(key_file))
    try:
        for n in range(int(how_many)):
            while True:
                seq = store.load(CHAT).rev + 1
                said = posted(seq, id_=int(writer) * 1_000_000 + n, author=id_of(int(writer)), text=f"{writer}:{n}")
                (outcome,) = store.commit([said])
                if isinstance(outcome, Committed):
                    break
                assert isinstance(outcome, Moved), outcome
            sys.stdout.write(f"{seq}\n")
            sys.stdout.flush()
    finally:
        store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
