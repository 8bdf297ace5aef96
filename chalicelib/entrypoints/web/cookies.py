"""Read and write the web console's cookies.

The prefix `__Host-` makes browsers refuse a cookie that another host, a parent domain or plain HTTP
has set ("Set-Cookie", MDN Web Docs). So nobody can put a session of theirs into someone's browser.
Browsers accept such a cookie from 127.0.0.1 too, where `make run` listens.
"""

from __future__ import annotations

from chalice.app import Request, Response

from chalicelib.domain.web.sessions import LONGEST
from chalicelib.usecases.web.sign_in import NewWebSession

SESSION = "__Host-daypass"
SIGN_IN = "__Host-daypass-sign-in"
"""The cookie of a sign-in at an identity provider, until the browser comes back."""
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite"


def read_cookie(request: Request, name: str) -> str:
    """Return the cookie's value, or "". Of two cookies with this name, accept none."""
    header = request.headers.get("cookie") or ""
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
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
