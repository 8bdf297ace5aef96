"""What is known of a route. What a view takes and gives stands in its signature, of which `path`,
`query` and `body` are parsed and the OpenAPI document is made; its docstring is the summary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, get_type_hints

from chalice.app import Request, Response

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import Kind
from chalicelib.domain.trail import Action
from chalicelib.domain.values import NoFields, Value
from chalicelib.domain.values import Request as Declared
from chalicelib.entrypoints.http.problems import problem
from chalicelib.entrypoints.http.reading import LARGEST_BODY

View = Callable[..., Any]

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


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
    """The requests that API Gateway lets through to a method: a token bucket shared by all callers,
    strangers too, and no reservation in the account's own limit."""

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


class Authentication(Value, frozen=True, kw_only=True):
    """How callers of some kind come in, and all that follows from it for the routes they use."""

    callers: str = ""
    """Who they are, in the documentation; empty where the routes' `kinds` say it."""
    serve: Callable[[Route, Request], Response]
    """Recognises the caller, parses the request, calls the view and makes the response."""
    render_problem: Callable[[DaypassError, Route, Request], Response] = lambda error, *_: problem(
        error
    )
    """Renders an error as these callers read it: by default in JSON, as RFC 9457 has it."""
    function: Function
    """Serves its routes. Anonymous requests have functions of their own: a flood of them keeps no
    member waiting."""
    entering: Function = Function.CLIENT_CHECK
    """Serves those of its routes that enter a client's account. They have functions of their own
    too: nothing else could enter, whatever went wrong with it."""
    limit: Limit | None = PUBLIC_LIMIT
    """Of each of its routes; None if they share the stage's default."""
    needs_token: bool = False
    """Whether callers send a token, as OpenAPI's security scheme has it."""
    body_types: tuple[str, ...] = (JSON,)
    """What a body can be; empty where none is read, so that no caller is told that theirs is of
    the wrong type."""
    media: str = JSON
    other_types: tuple[str, ...] = ()
    """What an answer can be besides `media`."""
    gives: tuple[Any, ...] = ()
    """What its routes answer with, one of these; empty where each view's signature says it."""
    problem_response: str = "Problem"
    """How problems look, by the name of the component in the OpenAPI document."""
    refusals: frozenset[type[DaypassError]] = frozenset()
    """The errors that its routes can answer with, besides those of every route."""


class Route(Value, frozen=True, kw_only=True):
    """All that is known of a route: enough to serve it, and to describe it."""

    method: str
    path: str
    view: View
    authentication: Authentication
    action: Action = Action.READ
    """What a refusal is on the trail as, where the way in puts it there."""
    kinds: frozenset[Kind] = frozenset()
    """The members who may use it; empty where it takes no token."""
    status: int = 200
    media: str = ""
    """What its answer is, where that is not what the way in says."""
    largest_body: int = LARGEST_BODY
    reads_form: Callable[[Mapping[str, str]], Any] = dict
    """Reads the form that was sent, where the body is one."""
    enters: bool = False
    """Whether it asks AWS to be let into a client's account."""

    @property
    def function(self) -> Function:
        """Return the function that serves it."""
        return self.authentication.entering if self.enters else self.authentication.function

    @property
    def stops(self) -> bool:
        """Return whether the route takes access away: its action revokes, ends or closes."""
        return self.action.rpartition(".")[2] in _STOPS

    @property
    def limit(self) -> Limit | None:
        """Return the route's own limit, or None if it shares the stage's default. What stops
        somebody must not wait for a flood of other routes."""
        return OWN_LIMIT if self.stops else self.authentication.limit

    @property
    def summary(self) -> str:
        return (self.view.__doc__ or "").partition("\n\n")[0].replace("\n    ", " ")

    @property
    def gives(self) -> tuple[Any, ...]:
        """What it answers with: what the view returns, or one of several things."""
        return self.authentication.gives or (
            get_type_hints(self.view, include_extras=True)["return"],
        )


ROUTES: list[Route] = []


class Inputs(Value, frozen=True, kw_only=True):
    """What a view takes of a request; Nothing where it takes none."""

    names: frozenset[str]
    path: type[Declared] = NoFields
    query: type[Declared] = NoFields
    body: type[Declared] = NoFields


@cache
def inputs_of(view: View) -> Inputs:
    """What the view's parameters are declared as."""
    declared = get_type_hints(view)
    declared.pop("return", None)
    parts = {name: declared[name] for name in ("path", "query", "body") if name in declared}
    return Inputs(names=frozenset(declared), **parts)
