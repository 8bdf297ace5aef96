"""Serve the web console's actions that assume a client's role, in the function that may."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.routes import Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.action_pages import ActionPath, find_action, serve_form
from chalicelib.entrypoints.web.actions import CLIENT_ACTIONS, load_actions
from chalicelib.entrypoints.web.authentication import WEB_FORM

load_actions(*CLIENT_ACTIONS)


def _serve_client_action(_route: Route, request: Request) -> Response:
    ports = bootstrap.ports()
    return serve_form(ports, find_action(ports, request, enters_client=True), request)


forms = Routes(authentication=replace(WEB_FORM, serve=_serve_client_action))


@forms.post("/web/client-actions/{action}", assumes_role=True)
def perform_client_action(
    path: ActionPath,
) -> None:  # pragma: no cover - its authentication serves it
    """Do an action of the web console that assumes a client's role"""
