"""Serve the web console's actions: the page of each, and its form.

The registry in `actions.declared` has the actions. The two routes of this module serve those that
enter no client. `client_action_routes` serves the others.
"""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.routes import OWN_LIMIT, Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.action_pages import (
    ActionPath,
    find_action,
    serve_form,
    show_action,
)
from chalicelib.entrypoints.web.actions import CLIENT_ACTIONS, OTHER_ACTIONS, load_actions
from chalicelib.entrypoints.web.authentication import WEB_FORM, limit_time

load_actions(*CLIENT_ACTIONS, *OTHER_ACTIONS)


def _serve_action_page(_route: Route, request: Request) -> Response:
    ports = limit_time(bootstrap.ports())
    return show_action(ports, find_action(ports, request), request)


def _serve_action(_route: Route, request: Request) -> Response:
    ports = bootstrap.ports()
    return serve_form(ports, find_action(ports, request, enters_client=False), request)


pages = Routes(authentication=replace(WEB_FORM, serve=_serve_action_page, body_types=()))
forms = Routes(authentication=replace(WEB_FORM, serve=_serve_action, limit=OWN_LIMIT))


@pages.get("/web/actions/{action}")
def show_action_page(path: ActionPath) -> None:  # pragma: no cover - its authentication serves it
    """Show an action's form, with its exact effect first"""


@forms.post("/web/actions/{action}")
def perform_action(path: ActionPath) -> None:  # pragma: no cover - its authentication serves it
    """Do an action of the web console"""
