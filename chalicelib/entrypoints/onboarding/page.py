"""The client's page: a client's administrator reads there how to create and check the roles.

The page needs no token: anyone with the link can open it. The link's secret text is in the URL's
path, so Daypass never logs the path.
"""

from __future__ import annotations

import re
from typing import Annotated

from chalicelib.domain.identifiers import RoleName, constrain_identifier
from chalicelib.domain.policies.look_up import LOOK_UP_TEXT
from chalicelib.domain.verification.wrong_ids import count_accepted_calls, count_calls_per_check
from chalicelib.entrypoints.http.authentication import CLIENT_LINK, SecretLinkPath
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.responses import make_response, redirect
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.pages.render import render_page
from chalicelib.usecases.onboarding.client_page import (
    build_client_page,
    create_launch_url,
    find_client_file,
)
from chalicelib.usecases.onboarding.client_pause import offer_pause
from chalicelib.usecases.onboarding.links import open_link
from chalicelib.usecases.ports import Ports

clients = Routes(authentication=CLIENT_LINK)


class PageRolePath(SecretLinkPath):
    role: RoleName


class PageFilePath(PageRolePath):
    name: Annotated[
        str, constrain_identifier("the name of one of the page's files", "[A-Za-z0-9._-]+", 200)
    ]


@clients.get("/setup/{link}")
def show_client_page(ports: Ports, path: SecretLinkPath) -> Response:
    """Show the client's page: how to create and check the roles, and how to remove the access"""
    content = build_client_page(ports, path.link)
    retired_count = len(content.engagement.retired_external_ids)
    calls = {
        "full": count_calls_per_check(is_full=True, retired_count=retired_count),
        "daily": count_calls_per_check(is_full=False, retired_count=retired_count),
        "full_accepted": count_accepted_calls(is_full=True),
        "daily_accepted": count_accepted_calls(is_full=False),
    }
    return render_page(
        "page.html",
        page=content,
        roles=content.roles,
        link=path.link,
        calls=calls,
        look_up_policy=LOOK_UP_TEXT,
    )


@clients.get("/setup/{link}/pause")
def confirm_pause(ports: Ports, path: SecretLinkPath) -> Response:
    """Ask the client to confirm a pause, and show the code that will lift it"""
    return render_page("pause/confirm.html", page=offer_pause(ports, path.link), link=path.link)


@clients.get("/setup/{link}/check", status=303, shares_limit=True)
def redirect_to_page(ports: Ports, path: SecretLinkPath) -> Response:
    """Redirect to the client's page, because its button "Check now" needs a POST"""
    open_link(ports, path.link)  # an invalid link gets an error, as everywhere on the page
    return redirect(f"../{path.link}")


@clients.get("/setup/{link}/roles/{role}/launch", status=303, shares_limit=True)
def redirect_to_launch(ports: Ports, path: PageRolePath) -> Response:
    """Redirect to the client's CloudFormation console, with the role's template filled in"""
    return redirect(create_launch_url(ports, path.link, path.role))


@clients.get("/setup/{link}/roles/{role}/files/{name}", media="text/plain", shares_limit=True)
def show_file(ports: Ports, path: PageFilePath) -> Response:
    """Download a file from the client's page"""
    file = find_client_file(ports, path.link, path.role, path.name)
    response = make_response(200, file.text, "text/plain; charset=utf-8")
    file_name = re.sub("[^A-Za-z0-9._-]", "-", file.name)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
