"""One small mistake at a time in the modules that must not be wrong, and whether their own tests notice it.

Each mutant that survives is named, unless `unchanging.txt` says why it changes nothing; the table at the end is for
ARCHITECTURE.md.
"""

import argparse
import sys
import time
from collections import Counter

from mutants.judge import Ending, judge
from mutants.subjects import SUBJECTS, Subject, unchanging


def say(line: str) -> None:
    """Print it now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def campaign(subject: Subject, matching: str, known: dict[str, str]) -> Counter[str]:
    """Judge a module's mutants and name those that are a surprise; how many there were of each sort."""
    refuse_failing(subject)
    found: Counter[str] = Counter()
    for mutant in subject.mutants():
        if matching not in mutant.name:
            continue
        ending = judge(subject.module, mutant.compiled(), subject.tests)
        killed = ending is not Ending.PASSED
        found.update(["mutants", "killed"] if killed else ["mutants", "unchanging" if mutant.name in known else "left"])
        if not killed and mutant.name not in known:
            say(f"survived: {mutant.name}")
        if killed and mutant.name in known:
            found["noticed"] += 1
            say(f"said to change nothing, and noticed: {mutant.name}")
    refuse_failing(subject)
    return found


def refuse_failing(subject: Subject) -> None:
    """Raise RuntimeError if a module's tests fail without a mutant: then they fail with every one, whatever it is.

    Asked before and after, because somebody may edit a test meanwhile.
    """
    if judge(subject.module, subject.unchanged(), subject.tests, aloud=True) is not Ending.PASSED:
        raise RuntimeError(f"{' '.join(subject.tests)}: failed without any mutant")


def main() -> int:
    """0: every mutant was noticed or changes nothing."""
    parser = argparse.ArgumentParser(
        prog="packaging/dev.py mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [subject.name for subject in SUBJECTS]
    parser.add_argument("--only", choices=names, action="append", help="this module; may be given again")
    parser.add_argument("--matching", default="", metavar="TEXT", help="only mutants with this text in their name")
    wanted = parser.parse_args()
    known, table, wrong = unchanging(), [], 0
    for subject in SUBJECTS:
        if subject.name not in (wanted.only or names):
            continue
        start = time.monotonic()
        found = campaign(subject, wanted.matching, known)
        wrong += found["left"] + found["noticed"]
        row = (subject.name, *(found[sort] for sort in ("mutants", "killed", "unchanging", "left")))
        table.append("| " + " | ".join(map(str, row)) + " |")
        say(f"{subject.name}: {found['mutants']} mutants in {time.monotonic() - start:.0f} s")
    say("\n".join(("| module | mutants | killed | change nothing | left |", "|---|---|---|---|---|", *table)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
