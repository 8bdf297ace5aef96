"""The buttons of the client's page: some check the client's roles, and two pause an engagement and
lift the pause.

They need no account with Daypass: the link names the engagement, and a pause is lifted by its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Reason
from chalicelib.domain.identifiers import constrain_identifier
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.authentication import CLIENT_LINK, SecretLinkPath
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.http.routes import Function
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.pages.render import render_page
from chalicelib.usecases.onboarding.client_page import check_by_client, confirm_policies_replaced
from chalicelib.usecases.onboarding.client_pause import pause_by_client, resume_by_client
from chalicelib.usecases.ports import Ports

checks = Routes(authentication=CLIENT_LINK)


class PageEndPath(SecretLinkPath):
    until: Annotated[str, constrain_identifier("a time in seconds since 1970, UTC", "[0-9]+", 12)]
    """The end date of the new trust policy."""


@checks.post("/setup/{link}/check", status=303, assumes_role=True)
def check(ports: Ports, path: SecretLinkPath, address: str) -> Response:
    """Check the client's roles, and redirect to the client's page"""
    check_by_client(ports, path.link, address=address)
    # A relative URL, because the path of the API's stage comes before the route.
    return redirect(f"../{path.link}#result")


@checks.post("/setup/{link}/policy/{until}", status=303, assumes_role=True, shares_limit=True)
def confirm_replaced(ports: Ports, path: PageEndPath, address: str) -> Response:
    """Record that the client replaced the trust policies, check the roles, and redirect to the
    page"""
    confirm_policies_replaced(ports, path.link, path.until, address=address)
    return redirect(f"../../{path.link}#result")


CLIENT_FORM = replace(
    CLIENT_LINK,
    headings={
        Reason.NOT_PAUSED: "Our access is not paused",
        Reason.LIFT_CODE_REFUSED: "This code does not lift the pause",
        Reason.TOO_MANY_CODES: "Please try again later",
    },
    function=Function.CLIENT_CHECK,
    refusals=CLIENT_LINK.refusals | {AccessDenied},
)
"""For the buttons that pause. Their function is the one that makes the page's checks: it may write
an engagement's records, and the function that shows the page may not."""
pauses = Routes(authentication=CLIENT_FORM)


@pauses.post("/setup/{link}/pause", Action.PAUSE_BEGIN)
def pause(ports: Ports, path: SecretLinkPath, form: Mapping[str, str], address: str) -> Response:
    """Pause the engagement: no one can get new sessions until the client lifts the pause"""
    content = pause_by_client(ports, path.link, form.get("code", ""), address=address)
    return render_page("pause/paused.html", page=content, link=path.link)


@pauses.post("/setup/{link}/resume", Action.PAUSE_LIFT, shares_limit=True)
def resume(ports: Ports, path: SecretLinkPath, form: Mapping[str, str], address: str) -> Response:
    """Lift the client's pause with the code that the client got when they paused"""
    content = resume_by_client(ports, path.link, form.get("code", ""), address=address)
    return render_page("pause/lifted.html", page=content, link=path.link)
