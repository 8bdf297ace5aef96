"""Sign in to the web console with a one-time link or at the firm's identity provider (OpenID
Connect), and sign out.

Opening a link uses nothing up, because browsers and chat programs open links in advance. Its button
does, with a POST. The link's secret text is in the URL's path, so Daypass never logs the path.

The provider sends the browser back with a one-time code in the URL, as the protocol has it. The
code is useless without the browser's cookie and Daypass's verifier. That request comes from another
site, so browsers do not send a cookie with SameSite=Strict: the cookie of the sign-in is Lax.

A command that waits for a sign-in (`daypass login`) opens the sign-in page with its challenge and
its port. The cookie of the sign-in keeps them, and the sign-in ends on the page that logs the
command in. Someone who signs in for the first time types an enrolment code. The cookie keeps it
until the provider has said who they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.one_time_secrets import LinkText
from chalicelib.domain.people.enrolments import CommandLogin, parse_code
from chalicelib.domain.people.sign_in import PROVIDER_LIFE
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request as RequestFields
from chalicelib.domain.values import Secret
from chalicelib.entrypoints.http.authentication import call_view, find_source_address
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.parsing import build_base_url, parse_valid_fields
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.http.routes import FORM, Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.authentication import WEB_FORM, WEB_SIGN_IN, read_fields
from chalicelib.entrypoints.web.forms import CSRF, find_text, read_form
from chalicelib.entrypoints.web.request import (
    SESSION,
    SIGN_IN,
    check_form,
    check_same_origin,
    find_root,
    open_web_request,
    read_cookie,
    set_cookie,
    start_session,
)
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.people.sign_in import (
    begin_sign_in,
    find_web_link,
    finish_sign_in,
    read_waiting_command,
    sign_out,
    use_web_link,
)
from chalicelib.usecases.ports import Ports


class SignInPath(RequestFields):
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
    """End the browser session, and delete its cookie."""
    ports = bootstrap.ports()
    web = open_web_request(ports, request, EVERYONE, Action.WEB_SIGN_OUT)
    check_form(web, request, find_text(read_form(request), CSRF), Action.WEB_SIGN_OUT)
    sign_out(ports, web.caller, web.session)
    response = redirect(f"{web.root}/sign-in")
    return set_cookie(response, SESSION, "", seconds=0)


def _serve_sign_in_page(route: Route, request: Request) -> Response:
    """Call the view with the command that waits for the sign-in, if the query names one."""
    login = _find_login(read_fields(request))
    return call_view(route, {"ports": bootstrap.ports(), "login": login})


def _find_login(fields: Mapping[str, str]) -> CommandLogin | None:
    """Return the command that waits for this sign-in. None if the fields name none."""
    valid = parse_valid_fields(CommandLogin, fields)
    return CommandLogin(**valid) if len(valid) == len(CommandLogin.__struct_fields__) else None


def _read_code(fields: Mapping[str, str]) -> str:
    """Return the enrolment code of someone who signs in for the first time. Empty if they typed
    none. Raise AccessDenied if it is not one."""
    text = "".join(fields.get("code", "").split())
    if text and parse_code(text) is None:
        raise AccessDenied(Reason.ENROLMENT_REFUSED)
    return text


anyone = Routes(authentication=WEB_SIGN_IN)
sign_in_pages = Routes(authentication=replace(WEB_SIGN_IN, serve=_serve_sign_in_page))
link_users = Routes(authentication=replace(WEB_SIGN_IN, serve=_serve_use))
members = Routes(EVERYONE, authentication=replace(WEB_FORM, serve=_serve_sign_out))


@sign_in_pages.get("/web/sign-in")
def show_sign_in(ports: Ports, login: CommandLogin | None) -> Response:
    """Show how to sign in to the web console"""
    from chalicelib.entrypoints.pages.render import render_page

    return render_page(
        "web/sign_in.html",
        link=None,
        caller=None,
        login=login,
        firm_name=ports.firm.name,
        issuers=ports.identity_providers.web_issuers,
    )


@anyone.get("/web/sign-in/{link}")
def show_sign_in_link(ports: Ports, path: SignInPath) -> Response:
    """Show which member a link signs in. Opening the page does not use the link up"""
    from chalicelib.entrypoints.pages.render import render_page

    link, caller = find_web_link(ports, path.link)
    return render_page(
        "web/sign_in.html",
        link=link,
        caller=caller,
        login=None,
        firm_name=ports.firm.name,
        issuers=(),
    )


@link_users.post("/web/sign-in/{link}", Action.WEB_SIGN_IN, status=303)
def use_sign_in_link(path: SignInPath) -> None:  # pragma: no cover - its authentication serves it
    """Sign in to the web console with a link. It works once, for a minute"""


@members.post("/web/sign-out", Action.WEB_SIGN_OUT, status=303)
def sign_out_of_console() -> None:  # pragma: no cover - its authentication serves it
    """Sign out of the web console in this browser"""


def _serve_begin(_route: Route, request: Request) -> Response:
    """Send the browser to the sign-in page of the chosen provider. `form-action` of the
    Content-Security-Policy also blocks redirects to another site after a form, so a page of Daypass
    opens the provider's page."""
    check_same_origin(request)
    texts = read_form(request)
    issuer = find_text(texts, "issuer")
    sent = {name: find_text(texts, name) for name in texts}
    begun = begin_sign_in(
        bootstrap.ports(),
        issuer,
        redirect_uri=_build_redirect_uri(request),
        login=_find_login(sent),
        enrolment_code=_read_code(sent),
    )
    response = _go_on(begun.url, "Sign in at your identity provider", f"You go to {issuer} now.")
    seconds = int(PROVIDER_LIFE.total_seconds())
    return set_cookie(response, SIGN_IN, begun.cookie, seconds=seconds, same_site="Lax")


def _serve_return(_route: Route, request: Request) -> Response:
    """Start a browser session, and return a page of Daypass that leads on. The session's cookie is
    SameSite=Strict, so the browser would not send it after a redirect from the provider's site."""
    fields = read_fields(request)
    if "code" not in fields:  # the person cancelled, or the provider refused
        raise AccessDenied(Reason.WEB_SIGN_IN_FAILED)
    new = finish_sign_in(
        bootstrap.ports(),
        read_cookie(request, SIGN_IN),
        state=fields.get("state", ""),
        issuer=fields.get("iss", ""),
        code=fields["code"],
        redirect_uri=_build_redirect_uri(request),
        address=find_source_address(request),
    )
    url = find_root(build_base_url(request))
    login = _find_login(read_waiting_command(read_cookie(request, SIGN_IN)))
    if login is not None:
        query = urlencode({"challenge": login.challenge, "port": login.port})
        url = f"{url}/actions/log-in-command?{query}"
    response = _go_on(url, "You are signed in", f"You are signed in as {new.session.member}.")
    return start_session(response, new)


def _go_on(url: str, heading: str, sentence: str) -> Response:
    """Return a page that opens this URL at once, and has a link to it."""
    from chalicelib.entrypoints.pages.render import render_page

    firm_name = bootstrap.ports().firm.name
    return render_page(
        "web/go_on.html", url=url, heading=heading, sentence=sentence, firm_name=firm_name
    )


def _build_redirect_uri(request: Request) -> str:
    return f"{build_base_url(request)}/web/provider/return"


forms = Routes(authentication=replace(WEB_SIGN_IN, serve=_serve_begin, body_types=(FORM,)))
returns = Routes(authentication=replace(WEB_SIGN_IN, serve=_serve_return))


@forms.post("/web/provider", Action.WEB_SIGN_IN)
def begin() -> None:  # pragma: no cover - its authentication serves it
    """Sign in to the web console at an identity provider"""


@returns.get("/web/provider/return")
def finish() -> None:  # pragma: no cover - its authentication serves it
    """Come back from the identity provider with a code, and sign in"""
