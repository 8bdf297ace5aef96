"""Routes to list access, and to start and to end the access that a request opened."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.lists import NameCursor
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.requests.access import Access
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.questions import Table, answer
from chalicelib.entrypoints.http.requests import RequestPath
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import EVERYONE, LEADS
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests import own, revoke
from chalicelib.usecases.requests.access import ACCESS, AccessFilters

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)
members = Routes(blueprint, EVERYONE)


class AccessList(Value, frozen=True):
    """A page of a member's access."""

    access: tuple[Access, ...]
    cursor: NameCursor | None
    """The cursor to send for the next page. None on the last page."""


@members.get("/v1/access")
def list_access(ports: Ports, caller: Caller, query: AccessFilters) -> AccessList | Table:
    """List what you, or a member, may enter, until when, and if not, why"""
    return answer(ACCESS, ports, caller, query, AccessList)


@members.post("/v1/me/requests/{request}/start", Action.REQUEST_START)
def start_access(ports: Ports, caller: Caller, path: RequestPath) -> RequestView:
    """Start the access that your request opened, so that its duration begins"""
    return own.start_access(ports, caller, path.request)


@members.post("/v1/me/requests/{request}/end", Action.REQUEST_REVOKE)
def end_access(ports: Ports, caller: Caller, path: RequestPath) -> Revocation:
    """Give back the access that your request opened, and end its sessions"""
    return revoke.end_own_access(ports, caller, path.request)
