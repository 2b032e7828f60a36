"""The parts of SPEC.md that are read off the source: ops, events, shapes, limits, states.

Run as a program it writes them between their markers; a test refuses a SPEC.md in which they are not fresh.
"""

import ast
import inspect
import re
from collections.abc import Callable

from coachline_core.domain.metrics import METRICS
from coachline_protocol import limits
from coachline_protocol.ops import EVENTS, OPS, Op
from coachline_protocol.state import diagram
from msgspec import inspect as shape
from support.checkout import ROOT

SPEC = ROOT / "protocol" / "SPEC.md"
BLOCK = re.compile(r"<!-- generated: (\w+) -->\n.*?<!-- end -->", re.DOTALL)


def _what(described: object) -> str:
    """A docstring as one line; nothing where a struct has none of its own."""
    own = vars(described).get("__doc__") if isinstance(described, type) else None
    text = " ".join(str(own or "").split())
    return text.replace("|", "\\|")


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _when(op: Op) -> str:
    if not op.before_welcome:
        return "after welcome"
    return "any time" if op.after_welcome else "before welcome"


def ops() -> str:
    """The table of ops."""
    rows = [
        [
            f"`{op.name}`",
            _when(op),
            f"`{op.request.__name__}`",
            f"`{op.reply.__name__}`",
            "yes" if op.mutation else "",
            op.budget,
        ]
        for op in OPS
    ]
    return _table(["op", "when", "request", "reply", "command", "budget"], rows)


def events() -> str:
    """The table of events."""
    rows = [[f"`{name}`", f"`{body.__name__}`"] for name, body in EVENTS.items()]
    return _table(["event", "body"], rows)


def shapes() -> str:
    """Every struct that an op or event can hold, with its fields."""
    found: dict[str, shape.StructType] = {}
    for op in OPS:
        _collect(shape.type_info(op.request), found)
        _collect(shape.type_info(op.reply), found)
    for body in EVENTS.values():
        _collect(shape.type_info(body), found)
    rows = [[f"`{name}`{_form(struct)}", _fields(struct), _what(struct.cls)] for name, struct in sorted(found.items())]
    return _table(["struct", "fields", "meaning"], rows)


def _collect(kind: shape.Type, found: dict[str, shape.StructType]) -> None:
    match kind:
        case shape.StructType(cls=cls, fields=fields) if cls.__name__ not in found:
            found[cls.__name__] = kind
            for field in fields:
                _collect(field.type, found)
        case shape.VarTupleType(item_type=item):
            _collect(item, found)
        case shape.TupleType(item_types=kinds) | shape.UnionType(types=kinds):
            for one in kinds:
                _collect(one, found)


def _form(struct: shape.StructType) -> str:
    return " (array)" if struct.array_like else ""


def _fields(struct: shape.StructType) -> str:
    said = [f'`{struct.tag_field}`: "{struct.tag}"'] if struct.tag_field else []
    for field in struct.fields:
        text = f"`{field.encode_name}`: {_kind(field.type)}"
        if not field.required and field.default is not None:
            text += f" = {_default(field.default)}"
        said.append(text if field.required else f"[{text}]")
    return "<br>".join(said) or "none"


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "(" + ", ".join(_default(item) for item in value) + ")"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _kind(kind: shape.Type) -> str:
    match kind:
        case shape.StructType(cls=cls):
            return f"`{cls.__name__}`"
        case shape.VarTupleType(item_type=item, max_length=most):
            return f"list of {_kind(item)}" + (f", at most {most}" if most else "")
        case shape.TupleType(item_types=kinds):
            return "array (" + ", ".join(map(_kind, kinds)) + ")"
        case shape.UnionType(types=kinds):
            return " or ".join(_kind(one) for one in kinds if not isinstance(one, shape.NoneType))
        case shape.LiteralType(values=values):
            return " or ".join(f'"{value}"' for value in values)
        case shape.IntType(ge=least, le=most):
            top = "2⁵³−1" if most == limits.MAX_INTEGER else str(most)
            return f"integer {least}…{top}"
        case shape.DateType():
            return "date"
        case shape.StrType(pattern=str()):
            return "amount"
        case shape.StrType(min_length=least, max_length=most):
            return "string" + (f" of {least or 0}…{most}" if most else "")
        case shape.BytesType(min_length=16, max_length=16):
            return "id"
        case shape.BytesType(min_length=least, max_length=most):
            length = str(most) if least == most else f"{least or 0}…{most}"
            return "binary" + (f" of {length}" if most else "")
        case shape.BoolType():
            return "boolean"
    raise NotImplementedError(f"no words for {kind}")


def limits_table() -> str:
    """Every limit with its value and reason: constants that stand together share the reason below them."""
    rows: list[list[str]] = []
    names: list[str] = []
    for node in ast.parse(inspect.getsource(limits)).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.append(node.target.id)
        elif names and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            reason = " ".join(str(node.value.value).split())
            rows += [[f"`{name}`", str(getattr(limits, name)), reason] for name in names]
            names = []
    if names:
        raise ValueError(f"limits without a reason: {names}")
    return _table(["limit", "value", "unit and reason"], rows)


def metrics() -> str:
    """What can be measured."""
    rows = [
        [
            f"`{metric.name}`",
            f"`{metric.kind}`",
            ", ".join(f"`{unit.name}` ({unit.decimals})" for unit in metric.units.values()),
            metric.within,
            metric.week,
            metric.total,
            f"{metric.lowest}…{metric.highest}",
        ]
        for metric in METRICS.values()
    ]
    return _table(["metric", "kind of goal", "units (decimals)", "day", "week", "total", "range"], rows)


def states() -> str:
    """The table of states as a diagram."""
    return f"```mermaid\n{diagram()}\n```"


BLOCKS: dict[str, Callable[[], str]] = {
    "ops": ops,
    "events": events,
    "shapes": shapes,
    "limits": limits_table,
    "metrics": metrics,
    "states": states,
}


def refreshed(text: str) -> str:
    """SPEC.md with every generated part as it should be now."""
    return BLOCK.sub(lambda found: f"<!-- generated: {found[1]} -->\n{BLOCKS[found[1]]()}\n<!-- end -->", text)


if __name__ == "__main__":
    SPEC.write_text(refreshed(SPEC.read_text(encoding="utf-8")), encoding="utf-8")
