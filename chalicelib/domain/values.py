"""Define the base classes of everything that Daypass stores, accepts or returns, and the pages and
cursors of lists. Stored items, requests, responses, trail details and the OpenAPI document follow
from the declared types, and nothing repeats them. A field that a request may set is so on the
trail without a further line: a forgotten mark makes an entry longer, never a change silent.

A cursor marks where a page ended. It gives no access: a made-up cursor, or one of another list,
only changes where the page begins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Generic,
    TypeVar,
    dataclass_transform,
    get_args,
    get_type_hints,
)

from msgspec import Meta, Struct, StructMeta, field
from msgspec.structs import replace

T = TypeVar("T")

Internal = Annotated[T, Meta(extra={"internal": True})]
"""A field that neither responses nor the trail show."""

Secret = Annotated[T, Meta(extra={"internal": True, "secret": True})]
"""A field that no response, trail entry or `repr` shows."""

ShownOnce = Annotated[T, Meta(extra={"secret": True})]
"""A field that only one response shows: the response to the request that created it. No `repr`
shows it."""

NotOnTrail = Annotated[T, Meta(extra={"not_on_trail": True})]
"""A field that trail entries leave out, because it is too long or the entry has the same fact
elsewhere, such as its time or its actor."""

Inline = Annotated[T, Meta(extra={"inline": True})]
"""A field with a nested value. Responses show the nested value's fields instead of this field."""

if TYPE_CHECKING:
    shown_property = property
else:

    class shown_property(property):  # noqa: N801 - used like `property`
        """A property that responses show beside the fields."""


RETENTION = timedelta(days=1)
"""How long Daypass keeps an expired item, so that it can tell its holder that it has expired."""

ItemKey = tuple[str, ...]
"""The values of an item's key fields, such as (engagement, member) for a grant."""


class KeywordOnly(StructMeta):
    """Makes the fields of each class keyword-only, unless the class says `kw_only=False`."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], body: dict[str, Any], **options: Any
    ) -> Any:
        return super().__new__(cls, name, bases, body, **{"kw_only": True} | options)


# The decorator tells mypy what the metaclass does, and that msgspec freezes every subclass.
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class Value(Struct, frozen=True, metaclass=KeywordOnly):
    """Base of all values: an immutable record whose `repr` leaves out secrets."""

    def __repr__(self) -> str:
        secret = marked_fields(type(self), "secret")
        shown = (f"{f}={getattr(self, f)!r}" for f in self.__struct_fields__ if f not in secret)
        return f"{type(self).__name__}({', '.join(shown)})"


def build_type(name: str, fields: Mapping[str, Any], base: type[Value] = Value) -> Any:
    """Return a new type of this name with the base's fields and these, which are all required."""
    return KeywordOnly(name, (base,), {"__annotations__": dict(fields), "__module__": ""})


class Item(Value):
    """Base of all stored items. `version` is 1 for a new item and grows by one with each change.

    A new version is written only if the previous version is still stored. The class variables
    define where an item is stored and in which lists it appears.
    """

    STORED_AS: ClassVar[str]
    """The kind's name in the table, such as `access-link`."""
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ()
    """The fields that identify an item, such as (engagement, member) for a grant. Empty if only one
    item of the kind exists. Items with two key fields can be listed by the first, sorted by the
    second; that list is consistent."""
    LISTED_BY: ClassVar[str | None] = None
    """The grouping field of a second, eventually consistent list, such as `member` for grants.
    Empty text if one list has all items of the kind. None if the kind has no second list."""

    LISTS_REST: ClassVar[bool] = False
    """True if the items with an empty value in LISTED_BY are a list, too: the one that is read
    without a field."""

    TARGET: ClassVar[Mapping[str, str]] = {}
    """How a trail entry refers to the item: for `engagement`, `role`, `subject` or another detail,
    the attribute that holds its value. Empty if no entry mentions the item, which then only
    reserves a name."""

    version: Internal[int] = 1

    @property
    def key(self) -> ItemKey:
        """Return the values of the key fields."""
        return tuple(getattr(self, name) for name in self.KEY_FIELDS)

    @property
    def list_key(self) -> str:
        """Return the item's sort key in the list that LISTED_BY declares. Return "" if the item is
        not in it."""
        return "#".join(getattr(self, name) for name in self.KEY_FIELDS if name != self.LISTED_BY)

    @property
    def gone_after(self) -> datetime | None:
        """Return the time after which DynamoDB may delete the item, within a few days. None means
        never."""
        return None


class JobState(Item):
    """An item that is written alone: in no transaction and without a trail entry."""


class Request(Value, forbid_unknown_fields=True):
    """The fields of a request. A field that was not sent has its default, or else empty text or
    None. No sent field can be empty text or None."""


class NoFields(Request):
    """A request without fields."""


class Change(Request):
    """A request to change something, which must have at least one field."""


ABSENT = (None, "")


def sent_fields(request: Request) -> dict[str, Any]:
    """Return the request's fields that were sent or have a default, by name."""
    fields = ((name, getattr(request, name)) for name in request.__struct_fields__)
    return {name: value for name, value in fields if value not in ABSENT}


I = TypeVar("I", bound=Item)  # noqa: E741 - an item of some kind


def change_item(item: I, request: Change, **facts: Any) -> I:
    """Return the item's next version with the request's fields and `facts`, or the item itself if
    it has these values already."""
    fields = sent_fields(request)
    fields.pop("version", None)
    changed = replace(item, **fields | facts)
    return item if changed == item else replace(changed, version=item.version + 1)


def next_version(item: I, **facts: Any) -> I:
    """Return the item's next version with these fields changed."""
    return replace(item, **facts, version=item.version + 1)


def new_item(kind: type[I], request: Request, **facts: Any) -> I:
    """Return a new item. Its fields have the values of `facts`, or else of the request's fields
    with the same names."""
    from_request = {
        name: value
        for name, value in sent_fields(request).items()
        if name in kind.__struct_fields__
    }
    return kind(**(from_request | facts))


@cache
def marked_fields(kind: type[Struct], mark: str) -> frozenset[str]:
    """Return the names of the fields whose types have this mark, such as "secret"."""
    return frozenset(
        name
        for name, declared in get_type_hints(kind, include_extras=True).items()
        if _has_mark(declared, mark)
    )


def _has_mark(declared: Any, mark: str) -> bool:
    """Return whether the mark is anywhere in the declared type, such as in `Secret[str] | None`."""
    return any(meta.extra and mark in meta.extra for meta in meta_annotations(declared)) or any(
        _has_mark(part, mark) for part in get_args(declared)
    )


def meta_annotations(declared: Any) -> tuple[Meta, ...]:
    """Return the Meta annotations of a declared type, the outermost last."""
    annotations = getattr(declared, "__metadata__", ())
    return tuple(annotation for annotation in annotations if isinstance(annotation, Meta))


Parser = Callable[[Any], Any]
"""A function that returns the parsed value, or raises ValueError with a message for the caller."""


def build_constraints(expected: str, *, parser: Parser | None = None, **constraints: Any) -> Meta:
    """Return the constraints of a field's type, for `Annotated`.

    `expected` completes the error "Enter …". `constraints` are msgspec's, such as
    `max_length`. `parser` checks what these cannot express: if there is one, requests are parsed
    with it and not with the constraints.
    """
    extra: dict[str, Any] = {"accepts": expected}
    if parser is not None:
        extra["parser"] = parser
    return Meta(**constraints, extra=extra)


SeenVersion = Annotated[
    int,
    build_constraints("a whole number from 0 to 1000000000", ge=0, le=1_000_000_000),
    Meta(
        description="The version that the preview showed. If the version has changed since then,"
        " Daypass refuses the request. 0 means that nothing existed yet."
    ),
]


Limit = Annotated[
    int,
    build_constraints("a whole number from 1 to 200", ge=1, le=200),
    Meta(description="The page size. A page can be shorter, even if more pages follow."),
]
USUAL_LIMIT = 50

_CURSOR = "the cursor of the previous page"
_NAME_CURSOR = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_TIME_CURSOR = (
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6})Z"
    r"#[a-z0-9]{1,32}(?:#(?:end|outcome|revoke))?"
)


def _parse_time_cursor(unverified: Any) -> str:
    """Return the cursor unchanged. Raise ValueError unless it is a cursor of a list sorted by
    time."""
    is_text = isinstance(unverified, str)
    match = re.fullmatch(_TIME_CURSOR, unverified, re.ASCII) if is_text else None
    try:
        if match is None:
            raise ValueError
        datetime.fromisoformat(match[1])  # refuses a day that does not exist
    except ValueError:
        raise ValueError(f"Enter {_CURSOR}.") from None
    return match[0]


NameCursor = Annotated[
    str, build_constraints(_CURSOR, pattern=f"^{_NAME_CURSOR}$(?!\\n)", max_length=40)
]
"""A cursor of a list sorted by name: the ID or name of the page's last item."""

PairCursor = Annotated[
    str,
    build_constraints(
        _CURSOR, pattern=f"^{_NAME_CURSOR}(?::{_NAME_CURSOR})?$(?!\\n)", max_length=80
    ),
]
"""A cursor of a list sorted by engagement and a second name, such as a member or a role: one ID, or
two with a colon between them."""

RowCursor = Annotated[
    str, build_constraints(_CURSOR, pattern=r"^[A-Za-z0-9][A-Za-z0-9:.#-]*$(?!\n)", max_length=100)
]
"""A cursor of a list that is searched: what identifies the page's last row."""

TimeCursor = Annotated[
    str, build_constraints(_CURSOR, parser=_parse_time_cursor, pattern=f"^{_TIME_CURSOR}$(?!\\n)")
]
"""A cursor of a list sorted by time: the time and ID of the page's last item, followed by
`#outcome` if the item records how a vend (the issuing of a session) ended, and by `#end` or
`#revoke` if it records the end of the session."""


class Page(Value, Generic[T], kw_only=False):
    """Some items of a list, and the cursor with which a caller gets the next page. An empty cursor
    means that no page follows."""

    items: tuple[T, ...]
    cursor: str
