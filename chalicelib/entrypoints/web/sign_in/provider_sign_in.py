"""Sign in to the web console at the firm's identity provider (OpenID Connect).

The provider sends the browser back with a one-time code in the URL, as the protocol has it. The
code is useless without the browser's cookie and Daypass's verifier. That request comes from another
site, so browsers do not send a cookie with SameSite=Strict: the cookie of the sign-in is Lax.
"""

from __future__ import annotations

from chalice.app import Blueprint, Request, Response
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.web.provider_sign_in import LIFE
from chalicelib.entrypoints.http.authentication import find_source_address
from chalicelib.entrypoints.http.parsing import build_base_url
from chalicelib.entrypoints.http.routes import FORM, Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.authentication import WEB_SIGN_IN, read_fields
from chalicelib.entrypoints.web.cookies import SIGN_IN, read_cookie, set_cookie, start_session
from chalicelib.entrypoints.web.forms import find_text, read_form
from chalicelib.entrypoints.web.request import check_same_origin, find_root
from chalicelib.usecases.web.provider_sign_in import begin_sign_in, finish_sign_in

blueprint = Blueprint(__name__)


def _serve_begin(_route: Route, request: Request) -> Response:
    """Send the browser to the sign-in page of the chosen provider. The Content-Security-Policy lets
    no form's answer redirect to another site, so a page of Daypass opens the provider's."""
    check_same_origin(request)
    issuer = find_text(read_form(request), "issuer")
    begun = begin_sign_in(bootstrap.ports(), issuer, redirect_uri=_build_redirect_uri(request))
    response = _go_on(begun.url, "Sign in at your identity provider", f"You go to {issuer} now.")
    seconds = int(LIFE.total_seconds())
    return set_cookie(response, SIGN_IN, begun.cookie, seconds=seconds, same_site="Lax")


def _serve_return(_route: Route, request: Request) -> Response:
    """Start the session, on a page of Daypass's own. From there the browser sends the session's
    cookie, and not after a redirect that another site began."""
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
    root = find_root(build_base_url(request))
    response = _go_on(root, "You are signed in", f"You are signed in as {new.session.member}.")
    return start_session(response, new)


def _go_on(url: str, heading: str, sentence: str) -> Response:
    from chalicelib.entrypoints.pages.render import render_page

    firm_name = bootstrap.ports().firm.name
    return render_page(
        "web/go_on.html", url=url, heading=heading, sentence=sentence, firm_name=firm_name
    )


def _build_redirect_uri(request: Request) -> str:
    return f"{build_base_url(request)}/web/provider/return"


forms = Routes(
    blueprint, authentication=replace(WEB_SIGN_IN, serve=_serve_begin, body_types=(FORM,))
)
returns = Routes(blueprint, authentication=replace(WEB_SIGN_IN, serve=_serve_return))


@forms.post("/web/provider", Action.WEB_SIGN_IN)
def begin() -> None:  # pragma: no cover - its authentication serves it
    """Sign in to the web console at an identity provider"""


@returns.get("/web/provider/return")
def finish() -> None:  # pragma: no cover - its authentication serves it
    """Come back from the identity provider with a code, and sign in"""
