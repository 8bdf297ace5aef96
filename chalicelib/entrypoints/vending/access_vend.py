"""The route of the button on an access link's page: it uses the link up, and shows the session."""

from __future__ import annotations

from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.pages.render import render_page
from chalicelib.entrypoints.vending.access_page import (
    ACCESS_LINK,
    AccessLinkPath,
    count_seconds_until,
)
from chalicelib.entrypoints.vending.all_formats import format_session_in_every_format
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.vend_by_link import vend_by_link


def _start_access(ports: Ports, link: AccessLink, address: str) -> None:
    """Start the approved access that waits for its first use."""
    # Imported here, because few links need it, and the others' bearers wait.
    from chalicelib.usecases.requests.own import start_access_of_link

    start_access_of_link(ports, link, address)


link_bearers = Routes(authentication=ACCESS_LINK)


@link_bearers.post("/access/{link}", assumes_role=True)
def use_access(ports: Ports, path: AccessLinkPath, address: str) -> Response:
    """Use the access link up, and issue its session. Only this response contains the credentials"""
    session = vend_by_link(ports, path.link, address=address, start_access=_start_access)
    return render_page(
        "session.html",
        assets="access",
        session=session,
        formats=format_session_in_every_format(session),
        firm_name=ports.firm.name,
        console_url=ports.sign_in_url(session.credentials),
        seconds_left=count_seconds_until(ports, session.credentials.expires_at),
    )
