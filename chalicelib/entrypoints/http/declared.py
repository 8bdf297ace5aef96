"""What is known of a route: enough to serve it, and to describe it.

What a view takes and gives stands in its signature, and its docstring is the route's summary:
`path`, `query` and `body` are parsed as the types that are named there, and the OpenAPI document is
made from the same.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, get_type_hints

from chalice.app import Response

from chalicelib.domain.people.members import Kind
from chalicelib.domain.things import Nothing, Thing
from chalicelib.domain.things import Request as Declared
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.reading import LARGEST_BODY

View = Callable[..., Any]
Retell = Callable[[Response, dict[str, Any], str], Response]
"""Given the problem, what can be read of the request's body, and the request's id."""


class Function(StrEnum):
    """What serves a route, by its name in the app's stack. Each runs as a role that may do what its
    routes need, and no more: `.chalice/app.yaml` says which, `.chalice/foundation.yaml` what."""

    API = "APIHandler"
    ENTER = "Enter"
    """Enters clients' accounts for somebody with a token."""
    CLIENT_CHECK = "ClientCheck"
    """Enters them for whoever has a link: a client's, or an access link."""
    ANONYMOUS = "Anonymous"
    """Reads and writes for somebody without a token."""
    STATIC = "Static"
    """Asks nothing of AWS."""
    SLACK = "Slack"
    """Does what somebody types or presses in Slack."""


class Limit(NamedTuple):
    """The requests that API Gateway lets through to a method: a token bucket shared by all callers.

    API Gateway counts a request before any code has seen it, so a stranger's request counts as much
    as a lead's. A limit is a ceiling and not a reservation: what a method may take, others may take
    from the account's own limit as well.
    """

    rate: int
    """Requests per second."""
    burst: int
    """Requests at once."""


SHARED_LIMIT = Limit(rate=50, burst=100)
"""The stage's default, for all routes without a limit of their own together. Far above what a team
needs, far below what could fill the tables or the bill."""
OWN_LIMIT = Limit(rate=50, burst=100)
PUBLIC_LIMIT = Limit(rate=10, burst=20)
"""Plenty for people, little for a flood."""

_STOPS = ("close", "end", "revoke")


class Route(Thing, frozen=True, kw_only=True):
    """All that is known of a route: enough to serve it, and to describe it."""

    method: str
    path: str
    view: View
    action: Action | None = None
    """Its action on the trail; None for a route that needs no token."""
    kinds: frozenset[Kind] = frozenset()
    status: int = 200
    public: bool = False
    takes_code: bool = False
    """For whoever has a code, which is in the body."""
    takes_identity: bool = False
    """Takes an identity provider's token in the body, and may refuse that with 401."""
    is_slacks: bool = False
    """For Slack, which signs what it sends, as a form; it shows people what is answered."""
    is_page: bool = False
    """For people: whatever goes wrong is told in HTML as well."""
    takes_access_link: bool = False
    """For whoever has an access link, who may be refused as its member would be."""
    media: str = "application/json"
    other_types: tuple[str, ...] = ()
    largest_body: int = LARGEST_BODY
    gives_one_of: tuple[Any, ...] = ()
    retell: Retell | None = None
    """Tells a problem in the form that the request asks for."""
    enters: bool = False
    """Whether it asks AWS to be let into a client's account."""

    @property
    def function(self) -> Function:
        """Anonymous requests have functions of their own: a flood of them keeps no member waiting.
        Those that enter do too: nothing else could, whatever went wrong with it."""
        if self.is_slacks:
            return Function.SLACK
        if self.enters:
            return Function.CLIENT_CHECK if self.public else Function.ENTER
        if not self.public:
            return Function.API
        return Function.ANONYMOUS if self.takes_code or self.is_page else Function.STATIC

    @property
    def stops(self) -> bool:
        """Return whether the route takes access away: its action revokes, ends or closes."""
        return self.action is not None and self.action.rpartition(".")[2] in _STOPS

    @property
    def limit(self) -> Limit | None:
        """Return the route's own limit, or None if it shares the stage's default.

        What stops somebody, and a vend, must not wait for a flood of other routes. Slack's routes
        do both, so theirs is as wide; API Gateway cannot tell a forged request from Slack's.
        """
        if self.stops or self.is_slacks or self.action is Action.VEND:
            return OWN_LIMIT
        return PUBLIC_LIMIT if self.public else None

    @property
    def summary(self) -> str:
        return (self.view.__doc__ or "").partition("\n\n")[0].replace("\n    ", " ")

    @property
    def gives(self) -> tuple[Any, ...]:
        """What it answers with: what the view returns, or one of several things."""
        return self.gives_one_of or (get_type_hints(self.view, include_extras=True)["return"],)


ROUTES: list[Route] = []


class Inputs(Thing, frozen=True, kw_only=True):
    """What a view takes of a request; Nothing where it takes none."""

    names: frozenset[str]
    path: type[Declared] = Nothing
    query: type[Declared] = Nothing
    body: type[Declared] = Nothing


@cache
def inputs_of(view: View) -> Inputs:
    """What the view's parameters are declared as."""
    declared = get_type_hints(view)
    declared.pop("return", None)
    parts = {name: declared[name] for name in ("path", "query", "body") if name in declared}
    return Inputs(names=frozenset(declared), **parts)
