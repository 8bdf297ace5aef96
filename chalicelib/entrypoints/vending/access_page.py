"""The page that an access link opens. A member can get one session with the link.

Opening the page does not use the link up, because Slack and mail scanners open links too. The
page's button uses it up, with a POST (`access_vend`). The link's secret text is in the URL's path,
so Daypass never logs the path.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, AwsRefused, DaypassError, Unauthenticated
from chalicelib.domain.one_time_secrets import LinkText
from chalicelib.domain.reasons import AWS_REASONS, Reason, Surface
from chalicelib.domain.values import Request, Secret
from chalicelib.entrypoints.http.authentication import CLIENT_LINK
from chalicelib.entrypoints.http.framework import Request as ChaliceRequest
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.observability import read_request_id
from chalicelib.entrypoints.http.problems import build_problem
from chalicelib.entrypoints.http.routes import Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.pages.render import render_page, render_problem_page
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.vend_by_link import check_link_without_use


class AccessLinkPath(Request):
    """The path of an access link. `link` is the link's secret text."""

    link: Secret[LinkText]


_HEADINGS = {
    Reason.ACCESS_LINK_UNKNOWN: "Page not found",
    Reason.ACCESS_LINK_USED: "This link has been used",
    Reason.ACCESS_LINK_REVOKED: "This link has been revoked",
    Reason.ACCESS_LINK_EXPIRED: "This link has expired",
}


def _render_refusal_page(error: DaypassError, _route: Route, request: ChaliceRequest) -> Response:
    """Return an HTML page that explains why the link gives no session."""
    response = build_problem(error, Surface.PAGE)
    heading = _HEADINGS.get(error.reason, "")
    if not heading and (response.status_code < 500 or error.reason in AWS_REASONS):
        heading = "No session"
    return render_problem_page(response, read_request_id(request), heading=heading)


ACCESS_LINK = replace(
    CLIENT_LINK,
    render_problem=_render_refusal_page,
    refusals=CLIENT_LINK.refusals | {Unauthenticated, AccessDenied, AwsRefused},
)
"""Authentication by an access link. Daypass can refuse a request with the link for the same reasons
as a request of the link's member."""

link_bearers = Routes(authentication=ACCESS_LINK)


@link_bearers.get("/access/{link}")
def show_access(ports: Ports, path: AccessLinkPath) -> Response:
    """Show which session an access link gives. Opening the page does not use the link up"""
    # `grant_to_start` is approved access whose time begins with the use of the link, or None.
    link, decision, grant_to_start = check_link_without_use(ports, path.link)
    return render_page(
        "access.html",
        assets="access",
        link=link,
        allowed=decision,
        starts=grant_to_start,
        firm_name=ports.firm.name,
        seconds_left=count_seconds_until(ports, link.expires_at),
    )


def count_seconds_until(ports: Ports, moment: Any) -> int:
    """Return the number of whole seconds until the moment, or 0 if it has passed."""
    return max(0, int((moment - ports.now()).total_seconds()))
