"""The buttons of the client's page. Each button checks the client's roles."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint, Response

from chalicelib.domain.identifiers import constrain_identifier
from chalicelib.entrypoints.http.authentication import CLIENT_LINK
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.onboarding.page import PagePath
from chalicelib.usecases.onboarding.client_page import check_by_client, confirm_policies_replaced
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
clients = Routes(blueprint, authentication=CLIENT_LINK)


class PageEndPath(PagePath, frozen=True, kw_only=True):
    until: Annotated[str, constrain_identifier("a time in seconds since 1970, UTC", "[0-9]+", 12)]
    """The end date of the new trust policy."""


@clients.post("/setup/{link}/check", status=303, assumes_role=True)
def check(ports: Ports, path: PagePath, address: str) -> Response:
    """Check the client's roles, and redirect to the client's page"""
    check_by_client(ports, path.link, address=address)
    # A relative URL, because the path of the API's stage comes before the route.
    return redirect(f"../{path.link}#result")


@clients.post("/setup/{link}/policy/{until}", status=303, assumes_role=True)
def confirm_replaced(ports: Ports, path: PageEndPath, address: str) -> Response:
    """Record that the client replaced the trust policies, check the roles, and redirect to the
    page"""
    confirm_policies_replaced(ports, path.link, path.until, address=address)
    return redirect(f"../../{path.link}#result")
