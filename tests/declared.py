"""Arbitrary values of declared types, and values just outside them."""

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

from chalicelib.domain.values import Request, Value, meta_annotations

# In milliseconds, as in responses.
MOMENTS = st.integers(0, 10**12).map(
    lambda n: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(milliseconds=n)
)
# Letters of several scripts, and nothing that NFC or stripping would change.
LETTERS = st.sampled_from("abcXYZ09é山ß-_.:/ #<>'\"&").filter(lambda letter: letter != " ")


NAME_LETTERS = st.sampled_from("abcXYZ09é-/#'&")


def values(declared: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values that the type accepts, in the domain's form."""
    kind, constraints = split_constraints(declared)
    if get_origin(kind) in (types.UnionType, Union):
        return st.one_of([values(arg) for arg in get_args(kind)])
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) in (tuple, frozenset):
        return _lists(kind, constraints)
    if isinstance(get_origin(kind), type) and issubclass(get_origin(kind), Mapping):
        key, value = get_args(kind)
        return st.dictionaries(values(key), values(value), max_size=4)
    if isinstance(kind, EnumType):
        return st.sampled_from(list(kind))
    if isinstance(kind, type) and issubclass(kind, Value):
        return structs(kind)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        NoneType: st.none(),
        bool: st.booleans(),
        int: st.integers(limit(constraints, "ge", 0), limit(constraints, "le", 2**31)),
        datetime: MOMENTS,
        str: _texts(constraints),
    }
    return plain[kind]


@cache
def structs(kind: type[Value]) -> st.SearchStrategy[Any]:
    """Return a strategy for instances of the struct; optional fields are sometimes unset."""
    required, optional = {}, {}
    for field in msgspec.structs.fields(kind):
        strategies = required if field.required else optional
        declared = without_none(field.type) if issubclass(kind, Request) else field.type
        strategies[field.name] = values(declared)
    return st.fixed_dictionaries(required, optional=optional).map(lambda fields: kind(**fields))


def outside(declared: Any, valid: Any) -> Iterator[Any]:
    """Yield JSON values that the type refuses, each close to one that it accepts."""
    kind, constraints = split_constraints(declared)
    yield None
    if isinstance(kind, EnumType):
        yield from (f"{valid}x", str(valid).upper(), 1)
    elif kind is bool:
        yield from ("true", 0, 1)
    elif kind is int:
        yield from (limit(constraints, "ge", 0) - 1, limit(constraints, "le", 0) + 1)
        yield from (str(valid), True, 1.5)
    elif kind is datetime:
        yield from ("2026-12-24T18:00:00", "2026-12-24", 1, "2026-12-24 at noon")
    elif kind is str:
        yield from _texts_outside(constraints, valid)
    elif get_origin(kind) in (tuple, frozenset):
        (item, *_), most = get_args(kind), limit(constraints, "max_length", 0)
        yield from ("x", [None])
        if limit(constraints, "min_length", 0):
            yield []
        if not valid:
            return
        yield valid[:1] * (most + 1)
        if get_origin(kind) is frozenset:
            yield [valid[0], valid[0]]
        if not (isinstance(item, type) and issubclass(item, Request)):
            yield from ([invalid] for invalid in outside(item, valid[0]))


def split_constraints(declared: Any) -> tuple[Any, tuple[msgspec.Meta, ...]]:
    """Return the type itself, and its constraints."""
    kind = get_args(declared)[0] if get_origin(declared) is Annotated else declared
    return kind, meta_annotations(declared)


def without_none(declared: Any) -> Any:
    kinds = [arg for arg in get_args(declared) if arg is not NoneType]
    return kinds[0] if NoneType in get_args(declared) else declared


def limit(constraints: tuple[msgspec.Meta, ...], name: str, default: int) -> int:
    limits = [getattr(meta, name) for meta in constraints if getattr(meta, name) is not None]
    return limits[-1] if limits else default


def pattern(constraints: tuple[msgspec.Meta, ...]) -> str | None:
    return next((meta.pattern for meta in constraints if meta.pattern), None)


def _is_name(constraints: tuple[msgspec.Meta, ...]) -> bool:
    """Return whether the type takes names only, which hold fewer characters than other text."""
    return any(
        (meta.extra or {}).get("accepts", "").startswith("a name of") for meta in constraints
    )


def _texts(constraints: tuple[msgspec.Meta, ...]) -> st.SearchStrategy[str]:
    least, most = limit(constraints, "min_length", 0), limit(constraints, "max_length", 2_000)
    required_pattern = pattern(constraints)
    if required_pattern is None:
        letters = NAME_LETTERS if _is_name(constraints) else LETTERS
        # Text needs a visible character: see domain/text.py.
        return st.text(letters, max_size=min(most, 20) - 1).map(lambda text: f"{text}a")
    if "[!-~]+" in required_pattern:  # any printable ASCII
        return st.text(
            st.characters(min_codepoint=33, max_codepoint=126), min_size=least, max_size=least + 9
        )
    if "[0-9]{4}-" in required_pattern:  # a cursor names an existing day
        item = "alice.00d9o4r5k3f81c2q" if "[0-9a-v]{16}" in required_pattern else "0a"
        return MOMENTS.map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S.%f}Z#{item}")
    texts = _matching(required_pattern)
    return st.sampled_from([text for text in texts if least <= len(text) <= most])


@cache
def _matching(pattern: str) -> list[str]:
    """Return texts that match the pattern. Drawing them is slow, so they are cached."""
    shape = re.compile(pattern.removeprefix("^").removesuffix(r"$(?!\n)"), re.ASCII)
    texts: list[str] = []

    @settings(max_examples=30)
    @given(st.from_regex(shape, fullmatch=True))
    def draw(text: str) -> None:
        texts.append(text)

    draw()
    return texts


def _texts_outside(constraints: tuple[msgspec.Meta, ...], valid: str) -> Iterator[Any]:
    least, most = limit(constraints, "min_length", 0), limit(constraints, "max_length", 0)
    yield 1
    if least:
        yield "a" * (least - 1)
    if most:
        yield "a" * (most + 1)
    if pattern(constraints):
        yield from (f"{valid}\n", f"{valid} ", f"{valid}é", f" {valid}")


def _lists(kind: Any, constraints: tuple[msgspec.Meta, ...]) -> st.SearchStrategy[Any]:
    item = get_args(kind)[0]
    sizes = {
        "min_size": limit(constraints, "min_length", 0),
        "max_size": min(4, limit(constraints, "max_length", 4)),
    }
    if get_origin(kind) is frozenset:
        return st.frozensets(values(item), **sizes)
    if len(get_args(kind)) == 2 and get_args(kind)[1] is Ellipsis:
        return st.lists(values(item), **sizes).map(tuple)
    return st.tuples(*(values(arg) for arg in get_args(kind)))
