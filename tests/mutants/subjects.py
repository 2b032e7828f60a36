"""Which modules are mutated, by which tests each is judged, and which mutants are known to change nothing."""

from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Final, NamedTuple

from mutants.mutations import Mutant, mutants
from support.checkout import ROOT

UNCHANGING: Final = Path(__file__).parent / "unchanging.txt"


class Subject(NamedTuple):
    """A module and its own tests, those that are likeliest to notice first."""

    name: str
    folder: str
    module: str
    tests: tuple[str, ...]

    @property
    def file(self) -> Path:
        """The module's source."""
        return ROOT / self.folder / Path(*self.module.split(".")).with_suffix(".py")

    def unchanged(self) -> CodeType:
        """The module as it is."""
        return compile(self.file.read_text(encoding="utf-8"), self.file, "exec")

    def mutants(self) -> Iterator[Mutant]:
        """Each with the subject's name before its own."""
        for mutant in mutants(self.file.read_text(encoding="utf-8"), str(self.file)):
            yield Mutant(f"{self.name} {mutant.name}", mutant.compiled)


def _domain(name: str, *beside: str) -> Subject:
    """A module of the domain, and whose tests go with its own."""
    tests = tuple(f"tests/core/domain/test_domain_{tested}.py" for tested in (name, *beside))
    return Subject(name, "core", f"coachline_core.domain.{name}", tests)


SUBJECTS: Final = (
    _domain("access", "access_shown"),
    _domain("permits"),
    _domain("conversation", "relationships", "relationships_begun", "cards"),
    _domain("receipts"),
    _domain("record", "record_rules"),
    _domain("streams"),
    _domain("sync"),
    Subject("codec", "protocol", "coachline_protocol.codec", ("tests/protocol/test_codec.py",)),
    Subject("requests", "protocol", "coachline_protocol.requests", ("tests/protocol/test_requests.py",)),
)


def unchanging() -> dict[str, str]:
    """Mutant → why no test can notice it. In the file the reason is indented below the name."""
    known: dict[str, str] = {}
    name = ""
    for line in UNCHANGING.read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            known[name] = f"{known[name]} {line.strip()}".strip()
        elif line and not line.startswith("#"):
            name = line
            known[name] = ""
    return known
