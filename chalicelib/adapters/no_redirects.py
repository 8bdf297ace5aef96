"""Send HTTP requests to one address, without following redirects or using a proxy."""

from __future__ import annotations

from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener


class NoRedirects(HTTPRedirectHandler):
    """A handler for `build_opener` that returns a redirect as the response."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Refuse the redirect: the request's secrets belong to the original address only."""


def send_without_redirects(request: Request, seconds: float) -> Any:
    """Return the response, whatever its status. OSError or HTTPException if none arrives in
    time."""
    try:
        return build_opener(ProxyHandler({}), NoRedirects).open(request, timeout=seconds)
    except HTTPError as refused:
        return refused
