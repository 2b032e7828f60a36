"""Whether tests notice a mutant: they run in a process forked for it, where it is imported in its module's place.

The process that forks has imported what the tests need of others already, so that a mutant costs what its tests take.
Hypothesis draws the same few examples every time: a verdict does not hang on luck.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import sys
from collections.abc import Sequence
from enum import Enum, auto
from types import CodeType, ModuleType
from typing import Final

import hypothesis
import pytest

EXAMPLES: Final = 50
"""Of each property; its own number, if it names one, is taken as it is."""

CPU_SECONDS: Final = 30
"""What tests may take with a mutant, many times what they take without; processor time, for a crowd is no verdict."""

MEMORY: Final = 4 * 1024**3
"""Bytes of address space for a process whose mutant collects without end."""

WITHOUT: Final = ("randomly", "xdist", "pytest-qt", "pytest_cov", "cacheprovider")
"""Plugins that cost time or draw lots."""
PYTEST: Final = (
    *(
        "-x",
        "-q",
        "--hypothesis-profile=mutants",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
    ),  # which says that plugins are imported already
    *(part for plugin in WITHOUT for part in ("-p", f"no:{plugin}")),
)


class Ending(Enum):
    """How tests ended."""

    PASSED = auto()
    FAILED = auto()
    ENDLESS = auto()
    """They took more than CPU_SECONDS and were ended."""


class _InPlace(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from code that is given."""

    def __init__(self, module: str, code: CodeType) -> None:
        self.module, self.code = module, code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.module:
            return None
        return importlib.util.spec_from_file_location(fullname, self.code.co_filename, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


def judge(module: str, code: CodeType, tests: Sequence[str], *, aloud: bool = False) -> Ending:
    """How the tests end if `module` is this code; `aloud`: pytest says what it has to.

    Raises RuntimeError if the module has been imported here.
    """
    if module in sys.modules:
        raise RuntimeError(f"{module} is imported already: what knows it would not know the mutant")
    child = os.fork()
    if child == 0:
        ended = 1
        try:
            _confine()
            if not aloud:
                _silence()
            sys.meta_path.insert(0, _InPlace(module, code))
            ended = int(pytest.main([*PYTEST, *tests]))
            sys.stdout.flush()
        finally:
            os._exit(ended)  # whatever a mutant raises ends here: the process behind it belongs to others
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Ending.ENDLESS
    return Ending.PASSED if os.WEXITSTATUS(status) == 0 else Ending.FAILED


def _confine() -> None:
    """Bounds for this process, and the same examples as ever."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, max_examples=EXAMPLES, deadline=None, database=None
    )


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
