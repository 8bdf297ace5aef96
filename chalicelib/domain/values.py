"""What things are made of. What is stored, what requests may hold, what answers show and the
OpenAPI document follow from their types: see docs/decisions/0017."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar, get_args, get_type_hints

from msgspec import Meta, Struct
from msgspec.structs import replace

T = TypeVar("T")

Hidden = Annotated[T, Meta(extra={"hidden": True})]
"""A field that is Daypass's own business: no answer shows it."""

Secret = Annotated[T, Meta(extra={"hidden": True, "secret": True})]
"""A field that nothing shows: no answer, and no `repr`."""

ShownOnce = Annotated[T, Meta(extra={"secret": True})]
"""A field that only the answer that hands it over shows, and no `repr`."""

Unrecorded = Annotated[T, Meta(extra={"unrecorded": True})]
"""A field that no entry on the trail repeats: when and by whom something was done, which the entry
says by itself, what its details say in other words, and what is too long for it."""

Renamed = Annotated[T, Meta(extra={"renamed": True})]
"""A field with a new name. It is stored and recorded under its earlier name, `field(name=…)`;
responses show it under the attribute's name."""

Inline = Annotated[T, Meta(extra={"inline": True})]
"""A thing whose fields an answer shows in its place."""

if TYPE_CHECKING:
    shown = property
else:

    class shown(property):  # noqa: N801 - it is used as `property` is
        """A property that answers show as well, beside the fields."""


KEPT = timedelta(days=1)
"""How long an item is kept that nobody can use any more: who tries is told why."""

Name = tuple[str, ...]
"""What an item is known by, such as (engagement, member) for a grant."""


class Value(Struct, frozen=True):
    """A fact. Its `repr` leaves out what is secret."""

    def __repr__(self) -> str:
        secret = marked(type(self), "secret")
        told = (f"{f}={getattr(self, f)!r}" for f in self.__struct_fields__ if f not in secret)
        return f"{type(self).__name__}({', '.join(told)})"


class Item(Value, frozen=True, kw_only=True):
    """A thing that is stored: `version` is 1 when it is made, and one more with each change.

    A change is written only over the version that it was made from. Where an item is stored, how
    it is read and in which lists it is follow from what its class declares here.
    """

    STORED_AS: ClassVar[str]
    """The name of its kind in the table, such as `access-link`."""
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ()
    """The fields that identify it, such as (engagement, member) for a grant. None: there is one
    item of its kind. Items with two can be listed by the first, in the order of the second; such a
    list is consistent."""
    LISTED_BY: ClassVar[str | None] = None
    """The field of its other list, which may lag a moment: a grant's is `member`. Empty text: all
    items of the kind are in one list. None: there is no other list."""

    TARGET: ClassVar[Mapping[str, str]] = {}
    """What an entry on the trail calls the item: for `engagement`, `role` and `subject`, and for
    other details, the attribute that it is. No entry mentions an item without any: it only keeps
    a name from being used twice."""

    version: Hidden[int] = 1

    @property
    def key(self) -> Name:
        """The values of its key fields."""
        return tuple(getattr(self, name) for name in self.KEY_FIELDS)

    @property
    def list_key(self) -> str:
        """Its place in its other list, where each item has its own. Empty: it is not in it."""
        return "#".join(getattr(self, name) for name in self.KEY_FIELDS if name != self.LISTED_BY)

    @property
    def gone_after(self) -> datetime | None:
        """When it is of no use any more: DynamoDB removes it some time after that, a few days at
        most. None: never."""
        return None


class JobState(Item, frozen=True, kw_only=True):
    """An item that is written by itself, in no transaction and with no entry of its own."""


class Request(Value, frozen=True, forbid_unknown_fields=True):
    """What somebody asks for. A field that was not sent has its default, or else empty text, or
    None: values that no request can hold."""


class NoFields(Request, frozen=True):
    """A request without any field."""


class Change(Request, frozen=True):
    """A request of which one field at least has to be sent."""


ABSENT = (None, "")


def sent(request: Request) -> dict[str, Any]:
    """Return the fields of a request that were sent, or have a default, by their names."""
    fields = ((name, getattr(request, name)) for name in request.__struct_fields__)
    return {name: value for name, value in fields if value not in ABSENT}


I = TypeVar("I", bound=Item)  # noqa: E741 - an item of some kind


def changed(item: I, **facts: Any) -> I:
    """The item's next version, with these facts in place of its own."""
    return replace(item, **facts, version=item.version + 1)


def made(kind: type[I], asked: Request, **facts: Any) -> I:
    """The item that a request asks for: each field that both have, and these facts, which come
    before what is asked for. What else the request holds is not about this item."""
    given = {name: value for name, value in sent(asked).items() if name in kind.__struct_fields__}
    return kind(**(given | facts))


@cache
def marked(kind: type[Struct], mark: str) -> frozenset[str]:
    """The fields whose types bear this mark."""
    return frozenset(
        name
        for name, declared in get_type_hints(kind, include_extras=True).items()
        if _bears(declared, mark)
    )


def _bears(declared: Any, mark: str) -> bool:
    """Wherever in the type the mark is: a secret that may be missing is a secret all the same."""
    return any(one.extra and mark in one.extra for one in metas(declared)) or any(
        _bears(one, mark) for one in get_args(declared)
    )


def metas(declared: Any) -> tuple[Meta, ...]:
    """What is said of a declared type beside the type itself, the outermost last."""
    said = getattr(declared, "__metadata__", ())
    return tuple(one for one in said if isinstance(one, Meta))


Reads = Callable[[Any], Any]
"""Gives the value that was meant; ValueError with a sentence for one that is refused."""


def takes(what: str, *, reads: Reads | None = None, **constraints: Any) -> Meta:
    """A type's constraints, and in words what it takes: "This takes …". `reads` is for what no
    constraint can say, and then answers for all of them in a request."""
    extra: dict[str, Any] = {"takes": what}
    if reads is not None:
        extra["reads"] = reads
    return Meta(**constraints, extra=extra)
