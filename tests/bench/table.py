"""What came out: one row a figure, as a table for people, Markdown for the documents, or JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

COLUMNS = ("", "figure", "coachlined", "reference", "", "ratio", "target", "met")


@dataclass(frozen=True)
class Row:
    """One figure. `reference`: what it is compared with, from the same run; `met`: None where there is no target."""

    name: str
    figure: str
    value: float
    unit: str
    reference: str = ""
    reference_value: float | None = None
    target: str = ""
    met: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours to the reference."""
        return self.value / self.reference_value if self.reference_value else None

    def cells(self) -> tuple[str, ...]:
        """As COLUMNS names them."""
        met = "" if self.met is None else "yes" if self.met else "no"
        return (
            self.name,
            self.figure,
            f"{shown(self.value)} {self.unit}",
            "" if self.reference_value is None else f"{shown(self.reference_value)} {self.unit}",
            self.reference,
            "" if self.ratio is None else f"{shown(self.ratio)} ×",
            self.target,
            f"{met} ({self.note})" if self.note else met,
        )


def shown(value: float) -> str:
    """Three significant digits, thousands set apart."""
    if value >= 100:
        return f"{round(value):,}"
    return f"{value:.3g}"


def as_text(rows: Sequence[Row]) -> str:
    """For a terminal."""
    cells = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)


def as_markdown(rows: Sequence[Row], conditions: str) -> str:
    """For ARCHITECTURE.md."""
    lines = [COLUMNS, ("---",) * len(COLUMNS), *(row.cells() for row in rows)]
    return "\n".join([conditions, "", *("| " + " | ".join(line) + " |" for line in lines)])


def as_json(rows: Sequence[Row], conditions: str) -> str:
    """For programs."""
    return json.dumps(
        {"conditions": conditions, "rows": [asdict(row) | {"ratio": row.ratio} for row in rows]}, indent=1
    )
