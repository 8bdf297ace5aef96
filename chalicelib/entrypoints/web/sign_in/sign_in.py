"""Sign in to the web console with a one-time link, and sign out.

Opening a link uses nothing up, because browsers and chat programs open links in advance. Its button
does, with a POST. The link's secret text is in the URL's path, so Daypass never logs the path.
"""

from __future__ import annotations

from chalice.app import Blueprint, Request, Response
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.one_time_secrets import LinkText
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request as RequestFields
from chalicelib.domain.values import Secret
from chalicelib.entrypoints.http.authentication import find_source_address
from chalicelib.entrypoints.http.parsing import build_base_url, parse_valid_fields
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.http.routes import Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.authentication import WEB_FORM, WEB_SIGN_IN
from chalicelib.entrypoints.web.cookies import SESSION, set_cookie, start_session
from chalicelib.entrypoints.web.forms import CSRF, find_text, read_form
from chalicelib.entrypoints.web.request import (
    check_form,
    check_same_origin,
    find_root,
    open_web_request,
)
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.sign_in import (
    find_web_link,
    sign_out,
    use_web_link,
)

blueprint = Blueprint(__name__)


class SignInPath(RequestFields, frozen=True, kw_only=True):
    """The path of a sign-in link. `link` is the link's secret text."""

    link: Secret[LinkText]


def _serve_use(_route: Route, request: Request) -> Response:
    """Use the link in the path, and set the cookie of a new session. A cookie that the browser has
    already is ignored and replaced."""
    check_same_origin(request)
    link_text = parse_valid_fields(SignInPath, request.uri_params or {}).get("link", "")
    new = use_web_link(bootstrap.ports(), link_text, address=find_source_address(request))
    return start_session(redirect(find_root(build_base_url(request))), new)


def _serve_sign_out(_route: Route, request: Request) -> Response:
    """End the session, and delete its cookie."""
    ports = bootstrap.ports()
    web = open_web_request(ports, request, EVERYONE, Action.WEB_SIGN_OUT)
    check_form(web, request, find_text(read_form(request), CSRF), Action.WEB_SIGN_OUT)
    sign_out(ports, web.caller, web.session)
    response = redirect(f"{web.root}/sign-in")
    return set_cookie(response, SESSION, "", seconds=0)


anyone = Routes(blueprint, authentication=WEB_SIGN_IN)
link_users = Routes(blueprint, authentication=replace(WEB_SIGN_IN, serve=_serve_use))
members = Routes(blueprint, EVERYONE, authentication=replace(WEB_FORM, serve=_serve_sign_out))


@anyone.get("/web/sign-in")
def show_sign_in(ports: Ports) -> Response:
    """Show how to sign in to the web console"""
    from chalicelib.entrypoints.pages.render import render_page

    return render_page(
        "web/sign_in.html",
        link=None,
        caller=None,
        firm_name=ports.firm.name,
        issuers=ports.identity_providers.web_issuers,
    )


@anyone.get("/web/sign-in/{link}")
def show_sign_in_link(ports: Ports, path: SignInPath) -> Response:
    """Show which member a link signs in. Opening the page does not use the link up"""
    from chalicelib.entrypoints.pages.render import render_page

    link, caller = find_web_link(ports, path.link)
    return render_page(
        "web/sign_in.html", link=link, caller=caller, firm_name=ports.firm.name, issuers=()
    )


@link_users.post("/web/sign-in/{link}", Action.WEB_SIGN_IN, status=303)
def use_sign_in_link(path: SignInPath) -> None:  # pragma: no cover - its authentication serves it
    """Sign in to the web console with a link. It works once, for a minute"""


@members.post("/web/sign-out", Action.WEB_SIGN_OUT, status=303)
def sign_out_of_console() -> None:  # pragma: no cover - its authentication serves it
    """Sign out of the web console in this browser"""
