"""Define the declaration of a route. A view's signature declares the route's inputs and its
response. Daypass parses requests and generates the OpenAPI document from these types. The view's
docstring is the route's summary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, NamedTuple, get_args, get_type_hints

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import NoFields, Value
from chalicelib.domain.values import Request as RequestFields
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.parsing import LARGEST_BODY
from chalicelib.entrypoints.http.problems import build_problem, find_surface

View = Callable[..., Any]

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Function(StrEnum):
    """The Lambda function that serves a route, by its name in the app's stack. Each runs as a role
    with only the permissions that its routes need: `.chalice/app.yaml` assigns the roles,
    `.chalice/foundation.yaml` defines them."""

    API = "APIHandler"
    ENTER = "Enter"
    """Assumes clients' roles for members with a token."""
    CLIENT_CHECK = "ClientCheck"
    """Assumes clients' roles for holders of a link: a client's link or an access link."""
    ANONYMOUS = "Anonymous"
    """Reads and writes for callers without a token."""
    CLIENT_APPROVAL = "ClientApproval"
    """Shows the client's approvers their page, and hands their decisions to the function
    ClientDecision. It may write nothing."""
    STATIC = "Static"
    """Makes no calls to AWS."""
    SLACK = "Slack"
    """Runs Slack commands and buttons."""
    WEB = "Web"
    """Serves the web console. It enters no client: ClientCheck serves the actions that do."""


class Limit(NamedTuple):
    """API Gateway's throttling limit of a method: a token bucket that all callers share, with or
    without authentication. It reserves no part of the AWS account's limit."""

    rate: int
    """Requests per second."""
    burst: int
    """Concurrent requests."""


SHARED_LIMIT = Limit(rate=50, burst=100)
"""The stage's default, shared by all routes without a limit of their own. A team needs far less,
and an attacker could not fill the tables or raise the bill much with it."""
OWN_LIMIT = Limit(rate=50, burst=100)
PUBLIC_LIMIT = Limit(rate=10, burst=20)
"""Enough for people at a browser, and low enough to limit a flood of requests."""

_REVOCATIONS = ("begin", "close", "end", "leave", "override-end", "revoke")


class Authentication(Value):
    """A way to authenticate callers, and the consequences for the routes that use it."""

    callers: str = ""
    """The callers, as the documentation names them. Empty if they are the members of the routes'
    `kinds`."""
    serve: Callable[[Route, Request], Response]
    """Authenticates the caller, parses the request, calls the view and returns the response."""
    render_problem: Callable[[DaypassError, Route, Request], Response] = lambda error, _, request: (
        build_problem(error, find_surface(request))
    )
    """Renders an error for these callers. The default is JSON (RFC 9457)."""
    headings: Mapping[Reason, str] = {}
    """The headings of pages about errors. By default, the status determines the heading."""
    function: Function
    """The function that serves the routes. Anonymous requests have separate functions, so that a
    flood of them does not delay members."""
    assuming_function: Function = Function.CLIENT_CHECK
    """The function for routes that assume a client's role. It is separate, so that a flaw in
    other routes cannot reach a client's account."""
    limit: Limit | None = PUBLIC_LIMIT
    """The limit of each route; None if the routes share the stage's default."""
    needs_token: bool = False
    """True if callers send a token, as OpenAPI's security scheme declares."""
    body_types: tuple[str, ...] = (JSON,)
    """The accepted content types of a body. Empty if the routes read no body and accept any type.
    """
    media: str = JSON
    other_types: tuple[str, ...] = ()
    """Content types of a response besides `media`."""
    response_types: tuple[Any, ...] = ()
    """The types that the routes return; empty if each view's signature declares them."""
    problem_response: str = "Problem"
    """The OpenAPI component that describes problems."""
    refusals: frozenset[type[DaypassError]] = frozenset()
    """The errors that the routes can return besides those of every route."""


class Route(Value):
    """The declaration of a route, from which it is served and documented."""

    method: str
    path: str
    view: View
    authentication: Authentication
    action: Action = Action.READ
    """The action that the trail records for a refusal, if this authentication records refusals."""
    kinds: frozenset[Kind] = frozenset()
    """The kinds of members that may use the route; empty if it takes no token."""
    status: int = 200
    media: str = ""
    """The response's content type, if not the authentication's."""
    other_types: tuple[str, ...] = ()
    """Content types that the caller can ask for instead."""
    largest_body: int = LARGEST_BODY
    reads_form: Callable[[Mapping[str, str]], Any] = dict
    """Parses a form-encoded body."""
    assumes_role: bool = False
    """True if the route assumes a client's role."""
    shares_limit: bool = False
    """True if the route has no limit of its own although callers need no token: no one is locked
    out while others use up the shared limit."""

    @property
    def function(self) -> Function:
        """Return the function that serves the route."""
        return (
            self.authentication.assuming_function
            if self.assumes_role
            else self.authentication.function
        )

    @property
    def is_revocation(self) -> bool:
        """Return whether the route's action revokes, ends, closes or blocks something."""
        if self.action is Action.EMERGENCY_BEGIN:
            return False
        return self.action.rpartition(".")[2] in _REVOCATIONS

    @property
    def limit(self) -> Limit | None:
        """Return the route's own limit, or None if it shares the stage's default.

        A revocation must not wait for a flood of other requests. A stage takes only 30 limits
        (`.chalice/functions.py`), so some routes share the default: what members revoke of their
        own, because a lead can revoke it too, and files, which cost nothing to serve.
        """
        is_own = self.path.startswith("/v1/me/")
        if self.is_revocation and not is_own:
            return OWN_LIMIT
        is_shared = self.shares_limit or self.function is Function.STATIC
        return None if is_shared else self.authentication.limit

    @property
    def summary(self) -> str:
        # Python 3.13 removes the indentation of docstrings; earlier versions keep it.
        return " ".join((self.view.__doc__ or "").partition("\n\n")[0].split())

    @property
    def response_types(self) -> tuple[Any, ...]:
        """Return the types that the route can return as JSON."""
        declared = get_type_hints(self.view, include_extras=True)["return"]
        types = get_args(declared) if isinstance(declared, UnionType) else (declared,)
        types = tuple(each for each in types if each is not Response)
        return self.authentication.response_types or types


ROUTES: list[Route] = []


class Inputs(Value):
    """The inputs that a view declares; NoFields for a part that it does not use."""

    names: frozenset[str]
    path: type[RequestFields] = NoFields
    query: type[RequestFields] = NoFields
    body: type[RequestFields] = NoFields


@cache
def inputs_of(view: View) -> Inputs:
    """Return the inputs that the view's parameters declare."""
    declared = get_type_hints(view)
    declared.pop("return", None)
    parts = {name: declared[name] for name in ("path", "query", "body") if name in declared}
    return Inputs(names=frozenset(declared), **parts)
