"""What asks one address over HTTP, and is led to no other."""

from __future__ import annotations

from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener


class NoRedirects(HTTPRedirectHandler):
    """For `build_opener`: an answer that leads elsewhere is the answer."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """What was meant for the address that was asked goes to no other, and nothing else is
        believed for it."""


def answered(request: Request, seconds: float) -> Any:
    """Return the answer, whatever its status. OSError or HTTPException if none comes in time."""
    try:
        return build_opener(ProxyHandler({}), NoRedirects).open(request, timeout=seconds)
    except HTTPError as refused:
        return refused
