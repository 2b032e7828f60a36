"""`dev.py fuzz`: floods and generated frames against a real daemon; with `--decode`, bytes against the decoder."""

import argparse
import sys

import trio


def say(line: str) -> None:
    """Print it now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """0: nothing was found."""
    parser = argparse.ArgumentParser(prog="dev.py fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="how long (120)")
    parser.add_argument("--seed", type=int, default=1, help="of the first round (1)")
    parser.add_argument("--decode", action="store_true", help="coverage-guided, by atheris, where it can be installed")
    wanted = parser.parse_args()
    if wanted.decode:
        from fuzz.decoding import run as decode

        return decode(int(wanted.seconds), wanted.seed, say)
    from fuzz.campaign import run

    return 0 if trio.run(run, wanted.seed, wanted.seconds, say) else 1


if __name__ == "__main__":
    sys.exit(main())
