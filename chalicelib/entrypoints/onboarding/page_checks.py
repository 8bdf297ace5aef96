"""The buttons of the client's page: each checks the client's roles."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint, Response

from chalicelib.domain.identifiers import identifier
from chalicelib.entrypoints.http.authentication import CLIENT_LINK
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.onboarding.page import OnePage, led_to
from chalicelib.usecases.onboarding.client_page import check_by_client, policies_replaced
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
clients = Routes(blueprint, authentication=CLIENT_LINK)


class OneEnd(OnePage, frozen=True, kw_only=True):
    until: Annotated[str, identifier("a moment in seconds since 1970", "[0-9]+", 12)]


@clients.post("/setup/{link}/check", status=303, assumes_role=True)
def check(ports: Ports, path: OnePage, address: str) -> Response:
    """The page's button: check the roles, and go back to the page"""
    check_by_client(ports, path.link, address=address)
    # Relative, since the stage stands before the route and need not be ours.
    return led_to(f"../{path.link}#result")


@clients.post("/setup/{link}/policy/{until}", status=303, assumes_role=True)
def say_replaced(ports: Ports, path: OneEnd, address: str) -> Response:
    """The page's other button: the new trust policies are in place, so check the roles"""
    policies_replaced(ports, path.link, path.until, address=address)
    return led_to(f"../../{path.link}#result")
