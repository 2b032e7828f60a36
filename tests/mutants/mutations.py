"""What may go wrong in a module: its mutants, each with one small change, made from its syntax tree.

Left alone is what no test can or should notice: types, decorators, imports, docstrings, and the words of errors and
hints, which are for people.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import Any, Final, TypeVar

_T = TypeVar("_T")
Scope = tuple[str, ...]
Slot = tuple[Any, Any]
"""A place in the tree: a list and an index, or a node's `__dict__` and the name of a field."""

_OTHER_COMPARISON: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OTHER_OPERATOR: Final[dict[type[ast.operator], ast.operator]] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.Add(),
    ast.BitOr: ast.BitAnd(),
    ast.BitAnd: ast.BitOr(),
}
_OTHER_MEMBER: Final = {"RefusalCode": "BUSY", "CloseCode": "NORMAL", "Verdict": "DROP", "Action": "NOTHING"}
"""Of an enumeration, a member that is right nowhere, or nearly so."""

_UNTOUCHED_FIELDS: Final = frozenset({"annotation", "returns", "decorator_list", "bases"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one change. `name`: where and which, stable as long as that place is not rewritten."""

    name: str
    compiled: Callable[[], CodeType]


def mutants(source: str, file: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its text."""
    tree = ast.parse(source)
    named: Counter[str] = Counter()
    for scope, slot in list(_slots(tree, ())):
        node = slot[0][slot[1]]
        for changed in _changed(node):
            name = f"{'.'.join(scope) or 'module'}: {_head(node)} → {_head(changed)}"
            named[name] += 1
            yield Mutant(
                name if named[name] == 1 else f"{name} ({named[name]})", partial(_compiled, tree, file, slot, changed)
            )


def _compiled(tree: ast.Module, file: str, slot: Slot, changed: ast.AST) -> CodeType:
    owner, key = slot
    node = owner[key]
    owner[key] = ast.copy_location(changed, node)
    code = compile(ast.fix_missing_locations(tree), file, "exec")
    owner[key] = node
    return code


def _head(node: ast.AST) -> str:
    return ast.unparse(node).strip().splitlines()[0]


def _slots(node: ast.AST, scope: Scope) -> Iterator[tuple[Scope, Slot]]:
    """Every place below a node that holds what may be changed."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        scope = (*scope, node.name)
    for value, slot in _children(node):
        if not _untouched(node, value):
            yield scope, slot
            yield from _slots(value, scope)


def _children(node: ast.AST) -> Iterator[tuple[ast.AST, Slot]]:
    for owner, field in _fields(node):
        value = getattr(owner, field)
        if isinstance(value, ast.AST):
            yield value, (owner.__dict__, field)
        elif isinstance(value, list):
            yield from ((part, (value, index)) for index, part in enumerate(value) if isinstance(part, ast.AST))


def _fields(node: ast.AST) -> list[tuple[ast.AST, str]]:
    match node:
        case ast.Raise(exc=ast.Call() as error):
            return [(error, "keywords")]
        case ast.ClassDef():
            return [(node, "body")]
        case _:
            return [(node, field) for field in node._fields if field not in _UNTOUCHED_FIELDS]


def _untouched(parent: ast.AST, node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.keyword(arg="hint") | ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Assign(value=ast.BinOp(op=ast.BitOr(), right=ast.Attribute())):
            return isinstance(parent, ast.Module)  # the name of a union of types
        case ast.Subscript(value=ast.Name(id="Literal")) | ast.Call(func=ast.Name(id="TypeVar")):
            return True
        case _:
            return isinstance(node, ast.JoinedStr)


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    match node:
        case ast.stmt():
            yield from _changed_statement(node)
        case ast.expr():
            yield from _changed_expression(node)
        case ast.match_case(pattern, guard, body):
            if guard is not None:
                yield ast.match_case(pattern, ast.Constant(True), body)
            if guard is not None or not (isinstance(pattern, ast.MatchAs) and pattern.pattern is None):
                yield ast.match_case(pattern, ast.Constant(False), body)
        case ast.MatchOr(patterns):
            yield from (ast.MatchOr(rest) if len(rest) > 1 else rest[0] for rest in _without_one(patterns))
        case ast.comprehension(target, iterated, conditions, is_async):
            yield from (ast.comprehension(target, iterated, rest, is_async) for rest in _without_one(conditions))


def _changed_statement(node: ast.stmt) -> Iterator[ast.stmt]:
    match node:
        case ast.If(_, body, orelse):
            yield ast.If(ast.Constant(True), body, orelse)
            yield ast.If(ast.Constant(False), body, orelse)
        case ast.While(_, body, orelse):
            yield ast.While(ast.Constant(False), body, orelse)
        case ast.Return(value) if value is not None and not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            yield ast.Pass()


def _changed_expression(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(str(value)):
            yield ast.Constant(value + "X")
        case ast.Compare(left, tests, others):
            for index, test in enumerate(tests):
                yield ast.Compare(left, [*tests[:index], _OTHER_COMPARISON[type(test)](), *tests[index + 1 :]], others)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.And() if isinstance(op, ast.Or) else ast.Or(), values)
            yield from (ast.BoolOp(op, rest) if len(rest) > 1 else rest[0] for rest in _without_one(values))
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.BinOp(left, operator, right) if type(operator) in _OTHER_OPERATOR:
            yield ast.BinOp(left, _OTHER_OPERATOR[type(operator)], right)
        case ast.IfExp(_, body, orelse):
            yield from (body, orelse)
        case ast.Call(called, arguments, named):
            # What a hint says is left alone; so is whether it is said.
            told = [one for one in named if one.arg not in (None, "hint")]
            yield from (ast.Call(called, arguments, [one for one in named if one is not gone]) for gone in told)
        case ast.Set(items):
            yield from (ast.Set(rest) for rest in _without_one(items) if rest)
        case ast.Tuple(items, ast.Load()):
            yield from (ast.Tuple(rest, ast.Load()) for rest in _without_one(items))
        case ast.List(items, ast.Load()):
            yield from (ast.List(rest, ast.Load()) for rest in _without_one(items))
        case ast.Attribute(ast.Name(enumeration), member) if member != _OTHER_MEMBER.get(enumeration, member):
            yield ast.Attribute(node.value, _OTHER_MEMBER[enumeration], node.ctx)


def _without_one(items: list[_T]) -> Iterator[list[_T]]:
    return ([*items[:index], *items[index + 1 :]] for index in range(len(items)))
