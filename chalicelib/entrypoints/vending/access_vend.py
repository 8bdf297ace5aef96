"""The button of an access link's page: it vends, for whoever has the link."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.pages.render import page
from chalicelib.entrypoints.vending.access_page import ACCESS_LINK, AccessLinkPath, seconds_until
from chalicelib.entrypoints.vending.all_formats import format_session
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.vend_by_link import vend_by_link

blueprint = Blueprint(__name__)
holders = Routes(blueprint, authentication=ACCESS_LINK)


@holders.post("/access/{link}", assumes_role=True)
def use_access(ports: Ports, path: AccessLinkPath, address: str) -> Response:
    """The page's button: use the link, and vend the session, which is in this answer alone"""
    given = vend_by_link(ports, path.link, address=address)
    return page(
        "session.html",
        assets="access",
        session=given,
        formats=format_session(given),
        firm_name=ports.firm.name,
        seconds_left=seconds_until(ports, given.credentials.expires_at),
    )
