"""Mutants: what is changed and what is left alone, that tests are asked, and that those said to be harmless exist."""

import subprocess
import sys
from textwrap import dedent

import pytest
from mutants.mutations import mutants
from mutants.subjects import SUBJECTS, unchanging
from support.checkout import ROOT


def names(source: str) -> list[str]:
    return [mutant.name for mutant in mutants(dedent(source), "module.py")]


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("x = a < b", ["a < b → a <= b"]),
        ("x = a is b", ["a is b → a is not b"]),
        ("x = a in b == c", ["a in b == c → a not in b == c", "a in b == c → a in b != c"]),
        ("x = a and b", ["a and b → a or b", "a and b → b", "a and b → a"]),
        ("x = not a", ["not a → a"]),
        ("x = a + b", ["a + b → a - b"]),
        ("x = a | b", ["a | b → a & b"]),
        ("x = 1", ["1 → 2"]),
        ("x = True", ["True → False"]),
        ("x = 'y'", ["'y' → 'yX'"]),
        ("x = a if b else c", ["a if b else c → a", "a if b else c → c"]),
        ("x = {a, b}", ["{a, b} → {b}", "{a, b} → {a}"]),
        ("x = (a, b)", ["(a, b) → (b,)", "(a, b) → (a,)"]),
        ("x = [a]", ["[a] → []"]),
        ("x = f(a, b=c)", ["f(a, b=c) → f(a)"]),
        ("x = [a for a in b if c]", ["for a in b if c → for a in b"]),
        ("x = RefusalCode.INVALID", ["RefusalCode.INVALID → RefusalCode.BUSY"]),
        ("x += a", ["x += a → pass"]),
        ("x[a] = b", ["x[a] = b → pass"]),
        ("f(a)", ["f(a) → pass"]),
        ("raise E('words', hint='words')", ["raise E('words', hint='words') → pass"]),
        ("if a: pass", ["if a: → if True:", "if a: → if False:"]),
        ("while a: pass", ["while a: → while False:"]),
    ],
)
def test_a_line_is_changed_in_each_way_that_it_can_be_wrong(line: str, changed: list[str]) -> None:
    assert names(line) == [f"module: {change}" for change in changed]


def test_cases_lose_their_guards_their_alternatives_and_their_turn() -> None:
    cases = """
        match a:
            case B() | C() if d:
                pass
            case _:
                pass
    """
    case = "module: case B() | C() if d: → case B() | C()"
    assert names(cases) == [
        f"{case} if True:",
        f"{case} if False:",
        "module: B() | C() → C()",
        "module: B() | C() → B()",
    ]


def test_types_decorators_and_words_for_people_are_left_alone() -> None:
    source = '''
        """Words."""

        from a import b

        __all__ = ["f"]
        Union = a.B | a.C
        Words = Literal["y", "z"]
        T = TypeVar("T", bound=a.B)

        @dataclass(frozen=True)
        class K(Base, slots=True):
            """Words."""

            x: Literal["y"]

            @property
            def f(self, x: Literal["y"]) -> Literal["y"]:
                raise E(f"words {x}", "words") from None
    '''
    assert names(source) == ["K.f: raise E(f'words {x}', 'words') from None → pass"]


def test_what_looks_the_same_twice_in_one_place_is_numbered() -> None:
    assert names("def f():\n    g(0)\n    h(0)\n")[1::2] == ["f: 0 → 1", "f: 0 → 1 (2)"]


def test_a_mutant_is_the_module_with_that_change_and_no_other() -> None:
    values = []
    for mutant in mutants("x = 1\ny = 2\n", "module.py"):
        space: dict[str, int] = {}
        exec(mutant.compiled(), space)
        values.append((space["x"], space["y"]))
    assert values == [(2, 2), (1, 3)]


def test_every_mutant_that_is_said_to_change_nothing_exists_and_has_its_reason() -> None:
    known = unchanging()
    assert set(known) - {mutant.name for subject in SUBJECTS for mutant in subject.mutants()} == set()
    assert all(known.values())


def test_a_mutant_is_killed_by_the_tests_of_its_module() -> None:
    arguments = ["--only", "sync", "--matching", "judge: change.rev <= mine → change.rev < mine"]
    done = subprocess.run(
        [sys.executable, "-m", "mutants", *arguments],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "| sync | 1 | 1 | 0 | 0 |" in done.stdout.splitlines()
