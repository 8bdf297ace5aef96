"""Send HTTP requests without following redirects and without a proxy."""

from __future__ import annotations

from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener


class NoRedirects(HTTPRedirectHandler):
    """A handler for `build_opener` that does not follow redirects."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Do not follow the redirect, so that the request's secrets go only to the original
        address."""


def send_without_redirects(request: Request, timeout: float) -> Any:
    """Send the request and return the response, even if its status is an error or a redirect. Raise
    OSError or HTTPException if no response arrives within the timeout."""
    try:
        return build_opener(ProxyHandler({}), NoRedirects).open(request, timeout=timeout)
    except HTTPError as response:
        return response
