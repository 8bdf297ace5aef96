"""Arbitrary values of declared types, and values that lie just outside them."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import EnumType
from functools import cache
from types import NoneType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.values import Request, Value, metas

# Milliseconds, as answers have them.
MOMENTS = st.integers(0, 10**12).map(
    lambda n: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(milliseconds=n)
)
# Letters of several scripts, and nothing that NFC or stripping would change.
LETTERS = st.sampled_from("abcXYZ09é山ß-_.:/ #<>'\"&").filter(lambda one: one != " ")


def values(declared: Any) -> st.SearchStrategy[Any]:
    """What the type takes, as the domain has it; a thing among it is whole."""
    kind, said = apart(declared)
    if get_origin(kind) in (types.UnionType, Union):
        return st.one_of([values(arg) for arg in get_args(kind)])
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) in (tuple, frozenset):
        return _lists(kind, said)
    if isinstance(get_origin(kind), type) and issubclass(get_origin(kind), Mapping):
        key, value = get_args(kind)
        return st.dictionaries(values(key), values(value), max_size=4)
    if kind is type(None):
        return st.none()
    if isinstance(kind, EnumType):
        return st.sampled_from(list(kind))
    if isinstance(kind, type) and issubclass(kind, Value):
        return things(kind)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(limit(said, "ge", 0), limit(said, "le", 2**31)),
        datetime: MOMENTS,
        str: _texts(said),
    }
    return plain[kind]


def things(kind: type[Value]) -> st.SearchStrategy[Any]:
    """Whole things of this kind. What may be unset is, at times."""
    required, optional = {}, {}
    for field in msgspec.structs.fields(kind):
        into = required if field.required else optional
        declared = without_none(field.type) if issubclass(kind, Request) else field.type
        into[field.name] = values(declared)
    return st.fixed_dictionaries(required, optional=optional).map(lambda facts: kind(**facts))


def outside(declared: Any, valid: Any) -> Iterator[Any]:
    """Values in JSON that the type does not take, each just beside one that it does."""
    kind, said = apart(declared)
    yield None
    if isinstance(kind, EnumType):
        yield from (f"{valid}x", str(valid).upper(), 1)
    elif kind is bool:
        yield from ("true", 0, 1)
    elif kind is int:
        yield from (limit(said, "ge", 0) - 1, limit(said, "le", 0) + 1, str(valid), True, 1.5)
    elif kind is datetime:
        yield from ("2026-12-24T18:00:00", "2026-12-24", 1, "2026-12-24 at noon")
    elif kind is str:
        yield from _texts_outside(said, valid)
    elif get_origin(kind) in (tuple, frozenset):
        (item, *_), most = get_args(kind), limit(said, "max_length", 0)
        yield from ([], valid[:1] * (most + 1), "x", [None])
        if get_origin(kind) is frozenset:
            yield [valid[0], valid[0]]
        if not (isinstance(item, type) and issubclass(item, Request)):
            yield from ([beside] for beside in outside(item, valid[0]))


def apart(declared: Any) -> tuple[Any, tuple[msgspec.Meta, ...]]:
    """The type itself, and what is said of it."""
    bare = get_args(declared)[0] if get_origin(declared) is Annotated else declared
    return bare, metas(declared)


def without_none(declared: Any) -> Any:
    kinds = [arg for arg in get_args(declared) if arg is not NoneType]
    return kinds[0] if NoneType in get_args(declared) else declared


def limit(said: tuple[msgspec.Meta, ...], name: str, otherwise: int) -> int:
    sent = [getattr(item, name) for item in said if getattr(item, name) is not None]
    return sent[-1] if sent else otherwise


def pattern(said: tuple[msgspec.Meta, ...]) -> str | None:
    return next((item.pattern for item in said if item.pattern), None)


def _texts(said: tuple[msgspec.Meta, ...]) -> st.SearchStrategy[str]:
    least, most = limit(said, "min_length", 0), limit(said, "max_length", 2_000)
    existing = pattern(said)
    if existing is None:
        # There is something in it to be seen: see domain/text.py.
        return st.text(LETTERS, max_size=min(most, 20) - 1).map(lambda text: f"{text}a")
    if "[!-~]+" in existing:  # any printable ASCII
        return st.text(
            st.characters(min_codepoint=33, max_codepoint=126), min_size=least, max_size=least + 9
        )
    if "[0-9]{4}-" in existing:  # a cursor names a day that there is
        return MOMENTS.map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S.%f}Z#0a")
    return st.sampled_from([item for item in _fitting(existing) if least <= len(item) <= most])


@cache
def _fitting(pattern: str) -> list[str]:
    """Texts of this shape: drawn once, since that is slow."""
    shape = re.compile(pattern.removeprefix("^").removesuffix(r"$(?!\n)"), re.ASCII)
    items: list[str] = []

    @settings(max_examples=100)
    @given(st.from_regex(shape, fullmatch=True))
    def draw(text: str) -> None:
        items.append(text)

    draw()
    return items


def _texts_outside(said: tuple[msgspec.Meta, ...], valid: str) -> Iterator[Any]:
    least, most = limit(said, "min_length", 0), limit(said, "max_length", 0)
    yield 1
    if least:
        yield "a" * (least - 1)
    if most:
        yield "a" * (most + 1)
    if pattern(said):
        yield from (f"{valid}\n", f"{valid} ", f"{valid}é", f" {valid}")


def _lists(kind: Any, said: tuple[msgspec.Meta, ...]) -> st.SearchStrategy[Any]:
    item = get_args(kind)[0]
    sizes = {
        "min_size": limit(said, "min_length", 0),
        "max_size": min(4, limit(said, "max_length", 4)),
    }
    if get_origin(kind) is frozenset:
        return st.frozensets(values(item), **sizes)
    if len(get_args(kind)) == 2 and get_args(kind)[1] is Ellipsis:
        return st.lists(values(item), **sizes).map(tuple)
    return st.tuples(*(values(arg) for arg in get_args(kind)))
