"""What the program knows of itself as text for people: the file that `init` writes, the tables in OPERATING.md."""

from datetime import datetime
from itertools import groupby
from typing import Any

from prometheus_client import CollectorRegistry

from coachline_server.config_keys import Key, keys, section_meaning

HEAD = """\
# Configuration of coachlined.
# Every line that begins with "#" and a key shows the default; take the "#" away to change it.
# Environment variables outweigh this file and flags outweigh both; OPERATING.md lists them.
# `coachlined config check` says whether everything here is right.
# Paths are relative to this file. It holds no secrets.
"""


def toml(value: Any) -> str:
    """A default as TOML. Quotes only what needs none of TOML's escapes."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case datetime():
            return value.isoformat()
        case tuple():
            return "[" + ", ".join(toml(each) for each in value) + "]"
        case _:
            return f"{value}"


def commented_file(data: str | None) -> str:
    """A configuration file in which every key is explained, commented out, and at its default.

    `data`: the data folder if it is another than the file's own.
    """
    parts = [HEAD]
    for section, members in groupby(keys(), key=lambda each: each.section):
        if section:
            parts += [f"\n# {section_meaning(section)}", f"[{section}]"]
        for each in members:
            shown = data if each.path == "data" and data else None
            parts += [f"# {each.meaning} Allowed: {each.allowed}.", _line(each, shown)]
    return "\n".join(parts) + "\n"


def _line(each: Key, shown: str | None) -> str:
    if shown is not None:
        # A JSON string is a TOML basic string; a path may hold anything.
        quoted = shown.replace("\\", "\\\\").replace('"', '\\"')
        return f'{each.name} = "{quoted}"'
    return f"#{each.name} = {toml(each.example if each.default is None else each.default)}"


def table() -> str:
    """Every key as a Markdown table."""
    lines = ["| key | environment | default | what it is | allowed |", "|---|---|---|---|---|"]
    for each in keys():
        default = f"`{toml(each.default)}`" if each.default not in ("", (), None) else "nothing"
        cells = (f"`{each.path}`", f"`{each.variable}`", default, each.meaning, each.allowed)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def metrics_table(registry: CollectorRegistry) -> str:
    """Every metric as a Markdown table, by the names that `/metrics` shows."""
    lines = ["| metric | kind | what it is |", "|---|---|---|"]
    for metric in registry.collect():
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        lines.append(f"| `{name}` | {metric.type} | {metric.documentation} |")
    return "\n".join(lines) + "\n"
