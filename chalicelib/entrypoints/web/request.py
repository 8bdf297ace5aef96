"""Authenticate a request of a signed-in browser, and refuse forms that other sites have sent.

The cookies' prefix `__Host-` makes browsers refuse a cookie that another host, a parent domain or
plain HTTP has set ("Set-Cookie", MDN Web Docs). So nobody can put a session of theirs into
someone's browser. Browsers accept such a cookie from 127.0.0.1 too, where `make run` listens.
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from chalicelib.domain.errors import AccessDenied, DaypassError, Reason
from chalicelib.domain.people.members import Caller, Kind
from chalicelib.domain.people.sign_in import LONGEST, WebSession, derive_form_token
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Secret, Value
from chalicelib.entrypoints.http.authentication import find_source_address
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.observability import add_log_fields
from chalicelib.entrypoints.http.parsing import build_base_url
from chalicelib.entrypoints.web.actions.tallies import Tally, read_tally
from chalicelib.entrypoints.web.forms import read_query
from chalicelib.entrypoints.web.navigation import build_return
from chalicelib.entrypoints.web.page_errors import PageError
from chalicelib.usecases.admission import (
    EVERYONE,
    NO_TARGET,
    READERS,
    Target,
    admit,
    check_kind,
    refuse,
)
from chalicelib.usecases.people.sign_in import NewWebSession, find_web_session
from chalicelib.usecases.ports import Ports, RequestOrigin

SESSION = "__Host-daypass"
SIGN_IN = "__Host-daypass-sign-in"
"""The cookie of a sign-in at an identity provider, until the browser comes back."""
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite"


def read_cookie(request: Request, name: str) -> str:
    """Return the cookie's value, or "". Of two cookies with this name, accept none."""
    header = request.headers.get("cookie") or ""
    # Strip ASCII spaces only. Another host of the domain can set a cookie whose name begins with a
    # Unicode space: browsers see no prefix `__Host-` there.
    pairs = (pair.strip(" ").partition("=") for pair in header.split(";"))
    values = [value for key, _, value in pairs if key == name]
    return values[0] if len(values) == 1 else ""


def set_cookie(
    response: Response, name: str, value: str, *, seconds: int, same_site: str = "Strict"
) -> Response:
    """Add the cookie to the response, and return the response. 0 seconds delete the cookie."""
    response.headers["Set-Cookie"] = f"{name}={value}; Max-Age={seconds}; {_ATTRIBUTES}={same_site}"
    return response


def start_session(response: Response, new: NewWebSession) -> Response:
    """Add the cookie of the new session to the response, and return the response."""
    return set_cookie(response, SESSION, new.text, seconds=int(LONGEST.total_seconds()))


_KEPT = "daypass_web"
_FORM_TOKEN = re.compile("[0-9a-f]{64}", re.ASCII)


class WebRequest(Value):
    """An authenticated request of a browser."""

    ports: Ports
    caller: Caller
    session: WebSession
    csrf: Secret[str]
    """The session's form token, against forms of other sites: the hidden field `csrf` of every form
    that a page of this session shows."""
    base_url: str
    """This API's URL, without a trailing slash."""
    path: str
    """The path of the page below the API's URL, such as `/web/engagements`."""
    return_path: str = ""
    """The path of this page with its query, below the root, to which an action that is opened here
    returns. On an action's page, the page where it was opened. Empty if it cannot return."""
    now: datetime
    done: str = ""
    """The name of the action that redirected here. Empty if none did."""
    tally: Tally | None = None
    """The result of that action on several rows."""
    error: PageError | None = None
    """The error that the page shows, beside the field that caused it."""

    @property
    def root(self) -> str:
        """Return the path of the console's first page, such as `/api/web`."""
        return find_root(self.base_url)

    @property
    def origin(self) -> RequestOrigin:
        """Return the API token that the session belongs to, and the browser's address, for a use
        case that authenticates the caller itself."""
        return RequestOrigin(self.session.presented, self.caller.address)

    def typed_or(self, field: str, value: Any) -> Any:
        """Return the field's text as it was typed if the page shows an error, or else this
        value."""
        return self.error.typed.get(field, value) if self.error is not None else value

    @property
    def is_lead(self) -> bool:
        return self.caller.member.kind is Kind.LEAD

    @property
    def is_reader(self) -> bool:
        """Return whether the member may see everyone's data: leads and auditors may."""
        return self.caller.member.kind in READERS

    @property
    def signed_in_recently(self) -> bool:
        """Return whether the sign-in is recent enough for an action that lets someone in."""
        return self.session.is_recent(self.now)


def open_web_request(
    ports: Ports,
    request: Request,
    kinds: frozenset[Kind],
    action: Action,
    *,
    target: Target = NO_TARGET,
    stores_use: bool = True,
) -> WebRequest:
    """Authenticate the browser session, which the cookie names, and the API token that the session
    belongs to. Return the request. With `stores_use` false, the request does not extend the
    session: the IAM role of the function ClientCheck may write no browser session.

    Raise Unauthenticated without an open session or a valid API token. Raise AccessDenied for a
    suspended member, or a member of another kind. The trail records that, as for the API.
    """
    cookie = read_cookie(request, SESSION)
    # A page that refreshes itself says "empty" here, and must not keep an unattended browser in.
    is_by_script = request.headers.get("sec-fetch-dest") == "empty"
    session = find_web_session(ports, cookie, stores_use=stores_use and not is_by_script)
    add_log_fields(request, member=session.member)
    origin = RequestOrigin(session.presented, find_source_address(request))
    caller = admit(ports, origin, EVERYONE, action, target=target)
    base_url, query = build_base_url(request), read_query(request)
    stage = urlsplit(base_url).path
    path = str(request.context.get("path") or "").removeprefix(stage)
    done = _read_done(request)
    sent = [(name, text) for name, texts in query.items() for text in texts if text]
    web = WebRequest(
        ports=ports,
        caller=caller,
        session=session,
        csrf=derive_form_token(cookie),
        base_url=base_url,
        path=path,
        return_path=build_return(path.removeprefix("/web/"), sent),
        now=ports.now(),
        done=done,
        tally=read_tally({n: texts[-1] for n, texts in query.items() if texts}) if done else None,
    )
    # Check the kind last, so that the page of a refusal has the member's menu (`find_opened`).
    request.context[_KEPT] = web
    check_kind(ports, origin, caller, kinds, action, target=target)
    return web


def find_opened(request: Request) -> WebRequest | None:
    """Return the request as `open_web_request` has authenticated it. None if it has not."""
    web: WebRequest | None = request.context.get(_KEPT)
    return web


def _read_done(request: Request) -> str:
    """Return the name of the action that redirected here. Empty if none did, or if the browser did
    not come from a page of the console: a link that someone sent must not say that it was done."""
    if (request.headers.get("sec-fetch-site") or "same-origin") != "same-origin":
        return ""
    params = request.query_params
    return str(params.get("done") or "") if params is not None else ""


def check_form(
    web: WebRequest,
    request: Request,
    form_token: str,
    action: Action,
    *,
    target: Target = NO_TARGET,
) -> None:
    """Raise AccessDenied unless a page of this session sent the form: `form_token`, its field
    `csrf`, is this session's, and the browser names no other site as the sender. The trail records
    the refusal of a form."""
    is_own = hmac.compare_digest(form_token.encode(), web.csrf.encode())
    if not (is_own and _is_same_origin(request)):
        raise refuse_form(web, action, target)


def refuse_form(web: WebRequest, action: Action, target: Target) -> DaypassError:
    """Record on the trail that Daypass refused the form because of the page that sent it. Return
    the error to raise."""
    return refuse(web.ports, web.origin, web.caller.token, action, Reason.WEB_FORM_REFUSED, target)


def is_of_other_session(web: WebRequest, request: Request, form_token: str) -> bool:
    """Return whether a page of Daypass sent the form with the form token of another session, such
    as the one before this browser's last sign-in.

    Any text in the format of a form token counts, because only the cookie of the other session
    could show that the token is that session's. In either case, the form's action is not done.
    """
    is_token = _FORM_TOKEN.fullmatch(form_token) is not None
    is_own = hmac.compare_digest(form_token.encode(), web.csrf.encode())
    return is_token and not is_own and _is_same_origin(request)


def check_same_origin(request: Request) -> None:
    """Raise AccessDenied if the browser says that another site sent the request. For browsers that
    are not signed in."""
    if not _is_same_origin(request):
        raise AccessDenied(Reason.WEB_FORM_REFUSED)


def _is_same_origin(request: Request) -> bool:
    """Return whether no other site sent the request, as far as the browser says it.

    Every current browser sends `Sec-Fetch-Site`, and `Origin` with a POST ("Fetch Metadata Request
    Headers", W3C). A request without both is not from a browser that other sites could use. The
    pages send no referrer, so browsers hide the origin of their forms: it is then `null`.
    """
    site = request.headers.get("sec-fetch-site") or "same-origin"
    sender = request.headers.get("origin")
    own = urlsplit(build_base_url(request))
    if site not in ("same-origin", "none"):
        return False
    if sender == "null" and request.headers.get("sec-fetch-site") == "same-origin":
        return True
    return sender is None or sender == f"{own.scheme}://{own.netloc}"


def find_root(base_url: str) -> str:
    """Return the path of the console's first page below the host, such as `/api/web`."""
    return f"{urlsplit(base_url).path}/web"
