"""The client's page: for whoever has the link to it, and nobody is asked for a token.

What makes the link unguessable stands in the URL's path, so the path is never logged.
"""

from __future__ import annotations

import re

from chalice.app import Blueprint, Response

from chalicelib.domain.onboarding.links import LINK_TEXT, LINK_TEXT_LENGTH
from chalicelib.entrypoints.http.fields import ROLE_NAME
from chalicelib.entrypoints.http.problems import answer
from chalicelib.entrypoints.http.routing import page_route
from chalicelib.entrypoints.http.values import Name
from chalicelib.usecases.onboarding.links import open_link
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)

# The use cases and the templates are imported where they are asked for: a client looks at their
# page a few times, and they would make the container of every vend start later (`make bench`).

ONE_LINK = {
    "link": Name(LINK_TEXT, LINK_TEXT_LENGTH, "what makes the link unguessable", LINK_TEXT_LENGTH)
}
FILE_NAME = Name("[A-Za-z0-9._-]+", 200, "the name of one of the page's files")


@page_route(
    blueprint,
    "GET",
    "/setup/{link}",
    summary="The client's page: what to create, how to check it, how to throw us out",
    params=ONE_LINK,
)
def show(ports: Ports, link: str) -> Response:
    from chalicelib.entrypoints.onboarding.page_facts import told
    from chalicelib.entrypoints.pages.render import page
    from chalicelib.usecases.onboarding.client_page import client_page

    facts = client_page(ports, link)
    return page("page.html", page=facts, roles=told(facts), link=link)


@page_route(
    blueprint,
    "POST",
    "/setup/{link}/check",
    summary="The page's button: check the roles, and go back to the page",
    params=ONE_LINK,
    status=303,
)
def check(ports: Ports, link: str) -> Response:
    from chalicelib.usecases.onboarding.client_page import check_by_client

    check_by_client(ports, link)
    # Relative, since the stage stands before the route and need not be ours.
    return _led_to(f"../{link}#result")


@page_route(
    blueprint,
    "GET",
    "/setup/{link}/check",
    summary="Back to the page, for who asks for the button's address itself",
    params=ONE_LINK,
    status=303,
)
def back(ports: Ports, link: str) -> Response:
    open_link(ports, link)
    return _led_to(f"../{link}")


@page_route(
    blueprint,
    "GET",
    "/setup/{link}/roles/{role}/launch",
    summary="Open the client's own CloudFormation console, with the role's template filled in",
    params={**ONE_LINK, "role": ROLE_NAME},
    status=303,
)
def launch(ports: Ports, link: str, role: str) -> Response:
    from chalicelib.usecases.onboarding.launch_stack import launch_url

    return _led_to(launch_url(ports, link, role))


@page_route(
    blueprint,
    "GET",
    "/setup/{link}/roles/{role}/files/{name}",
    summary="One of the page's files, to be saved",
    params={**ONE_LINK, "role": ROLE_NAME, "name": FILE_NAME},
    media="text/plain",
)
def show_file(ports: Ports, link: str, role: str, name: str) -> Response:
    from chalicelib.usecases.onboarding.client_page import client_file

    file = client_file(ports, link, role, name)
    response = answer(200, file.text, "text/plain; charset=utf-8")
    safe = re.sub("[^A-Za-z0-9._-]", "-", file.name)
    response.headers["Content-Disposition"] = f'attachment; filename="{safe}"'
    return response


def _led_to(place: str) -> Response:
    response = answer(303, "", "text/plain; charset=utf-8")
    response.headers["Location"] = place
    return response
