"""Serve the web console's actions: the page of each, and its form.

The registry in `actions.declared` has the actions. Those that assume a client's role have a route
of their own, in the function that may.
"""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.routes import OWN_LIMIT, Function, Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.action_pages import ActionPath, find_action, serve_form, show_action
from chalicelib.entrypoints.web.actions import CLIENT_ACTIONS, OTHER_ACTIONS, load_actions
from chalicelib.entrypoints.web.authentication import WEB_FORM, limit_time

load_actions(*CLIENT_ACTIONS)
if bootstrap.function_name() != Function.CLIENT_CHECK:
    load_actions(*OTHER_ACTIONS)


def _serve_page(_route: Route, request: Request) -> Response:
    ports = limit_time(bootstrap.ports())
    return show_action(ports, find_action(ports, request), request)


def _serve_form(_route: Route, request: Request, *, enters_client: bool) -> Response:
    ports = bootstrap.ports()
    return serve_form(ports, find_action(ports, request, enters_client=enters_client), request)


_SERVE, _SERVE_CLIENT = (partial(_serve_form, enters_client=each) for each in (False, True))
pages = Routes(authentication=replace(WEB_FORM, serve=_serve_page, body_types=()))
forms = Routes(authentication=replace(WEB_FORM, serve=_SERVE, limit=OWN_LIMIT))
client_forms = Routes(authentication=replace(WEB_FORM, serve=_SERVE_CLIENT))


@pages.get("/web/actions/{action}")
def show_action_page(path: ActionPath) -> None:  # pragma: no cover - its authentication serves it
    """Show an action's form, with its exact effect first"""


@forms.post("/web/actions/{action}")
def perform_action(path: ActionPath) -> None:  # pragma: no cover - its authentication serves it
    """Do an action of the web console"""


@client_forms.post("/web/client-actions/{action}", assumes_role=True)
def perform_client_action(
    path: ActionPath,
) -> None:  # pragma: no cover - its authentication serves it
    """Do an action of the web console that assumes a client's role"""
