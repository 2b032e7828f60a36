"""Hypothesis strategies for whatever a struct of the protocol may hold, read off the struct itself."""

import re
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

TEXT = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
"""What a string on the wire may consist of: no surrogate, no U+0000."""

MOST_ENTRIES = 3
"""Longest array that is made; the limits of length have tests of their own."""


def structs(struct: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Valid values of a struct type."""
    return _of(inspect.type_info(struct))


def _of(kind: inspect.Type) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.StructType(cls=cls, fields=fields):
            needed = {field.name: _of(field.type) for field in fields if field.required}
            optional = {field.name: _of(field.type) for field in fields if not field.required}
            return st.fixed_dictionaries(needed, optional=optional).map(lambda values: cls(**values))
        case inspect.VarTupleType(item_type=item, min_length=least):
            return st.lists(_of(item), min_size=least or 0, max_size=MOST_ENTRIES).map(tuple)
        case inspect.TupleType(item_types=items):
            return st.tuples(*map(_of, items))
        case inspect.UnionType(types=types):
            return st.one_of(*map(_of, types))
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.IntType(ge=least, le=most):
            return st.integers(least, most)
        case inspect.StrType(pattern=str(pattern)):
            return st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)
        case inspect.DateType():
            return st.dates()
        case inspect.StrType(min_length=least, max_length=most):
            return st.text(TEXT, min_size=least or 0, max_size=min(most or 40, 40))
        case inspect.BytesType(min_length=least, max_length=most):
            return st.binary(min_size=least or 0, max_size=min(most or 40, 40))
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
    raise NotImplementedError(f"no strategy for {kind}")
