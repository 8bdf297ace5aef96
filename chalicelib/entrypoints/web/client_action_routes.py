"""Serve the web console's actions that assume a client's role, in the function that may."""

from __future__ import annotations

from chalice.app import Blueprint, Request, Response
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.values import Request as RequestFields
from chalicelib.entrypoints.http.routes import Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.action_pages import find_action, serve_form
from chalicelib.entrypoints.web.actions import load_client_actions
from chalicelib.entrypoints.web.actions.declared import ActionName
from chalicelib.entrypoints.web.authentication import WEB_FORM

blueprint = Blueprint(__name__)
load_client_actions()


class ClientActionPath(RequestFields, frozen=True, kw_only=True):
    """The path of an action that assumes a client's role."""

    action: ActionName


def _serve_client_action(_route: Route, request: Request) -> Response:
    ports = bootstrap.ports()
    return serve_form(ports, find_action(ports, request, enters_client=True), request)


forms = Routes(blueprint, authentication=replace(WEB_FORM, serve=_serve_client_action))


@forms.post("/web/client-actions/{action}", assumes_role=True)
def perform_client_action(
    path: ClientActionPath,
) -> None:  # pragma: no cover - its authentication serves it
    """Do an action of the web console that assumes a client's role"""
