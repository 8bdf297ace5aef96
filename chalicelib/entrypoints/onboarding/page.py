"""The client's page: for whoever has the link to it, and nobody is asked for a token.

What makes the link unguessable stands in the URL's path, so the path is never logged.
"""

from __future__ import annotations

import re
from typing import Annotated

from chalice.app import Blueprint, Response

from chalicelib.domain.identifiers import RoleName, identifier
from chalicelib.domain.one_time_secrets import LinkText
from chalicelib.domain.values import Request, Secret
from chalicelib.domain.verification.wrong_ids import calls_of_a_check
from chalicelib.entrypoints.http.authentication import CLIENT_LINK
from chalicelib.entrypoints.http.responses import make_response
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.pages.render import page
from chalicelib.usecases.onboarding.client_page import client_file, client_page, launch_url
from chalicelib.usecases.onboarding.links import open_link
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
clients = Routes(blueprint, authentication=CLIENT_LINK)


class OnePage(Request, frozen=True, kw_only=True):
    link: Secret[LinkText]


class RoleOnPage(OnePage, frozen=True, kw_only=True):
    role: RoleName


class FileOnPage(RoleOnPage, frozen=True, kw_only=True):
    name: Annotated[str, identifier("the name of one of the page's files", "[A-Za-z0-9._-]+", 200)]


@clients.get("/setup/{link}")
def show(ports: Ports, path: OnePage) -> Response:
    """The client's page: what to create, how to check it, how to end our access"""
    facts = client_page(ports, path.link)
    retired = len(facts.engagement.retired_external_ids)
    kinds = {"full": True, "daily": False}
    calls = {kind: calls_of_a_check(is_full=full, retired=retired) for kind, full in kinds.items()}
    return page("page.html", page=facts, roles=facts.roles, link=path.link, calls=calls)


@clients.get("/setup/{link}/check", status=303)
def back(ports: Ports, path: OnePage) -> Response:
    """Back to the page, for anybody who asks for the button's own address"""
    open_link(ports, path.link)
    return led_to(f"../{path.link}")


@clients.get("/setup/{link}/roles/{role}/launch", status=303)
def launch(ports: Ports, path: RoleOnPage) -> Response:
    """Open the client's own CloudFormation console, with the role's template filled in"""
    return led_to(launch_url(ports, path.link, path.role))


@clients.get("/setup/{link}/roles/{role}/files/{name}", media="text/plain")
def show_file(ports: Ports, path: FileOnPage) -> Response:
    """One of the page's files, to be saved"""
    file = client_file(ports, path.link, path.role, path.name)
    response = make_response(200, file.text, "text/plain; charset=utf-8")
    safe = re.sub("[^A-Za-z0-9._-]", "-", file.name)
    response.headers["Content-Disposition"] = f'attachment; filename="{safe}"'
    return response


def led_to(place: str) -> Response:
    response = make_response(303, "", "text/plain; charset=utf-8")
    response.headers["Location"] = place
    return response
