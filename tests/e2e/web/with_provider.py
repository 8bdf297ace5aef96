"""`make run` for a firm with an identity provider, which signs everyone in as Alice at once.

Only the provider is not real: its page sends the browser straight back with a code. Daypass's own
requests to a provider, over TLS, are tested in tests/adapters/people.
"""

import sys
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urlsplit

from chalicelib.adapters.people.identity_providers import OidcProviders
from chalicelib.domain.people.identities import IdentityToken, ProviderSignIn
from local.__main__ import main

ISSUER = "https://login.example.com/firm"


class _Page(BaseHTTPRequestHandler):
    """The provider's sign-in page."""

    def do_GET(self) -> None:
        query = {name: texts[0] for name, texts in parse_qs(urlsplit(self.path).query).items()}
        back = urlencode({"state": query["state"], "code": "the-code"})
        self.send_response(302)
        self.send_header("Location", f"{query['redirect_uri']}?{back}")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def _alice(now: datetime, nonce: str) -> IdentityToken:
    return IdentityToken(
        issuer=ISSUER,
        subject="alice@example.com",
        identity_expires_at=now + timedelta(hours=1),
        nonce=nonce,
        authenticated_at=now,
    )


def _run() -> int:
    pages = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    threading.Thread(target=pages.serve_forever, daemon=True).start()

    def build_url(_: OidcProviders, sign_in: ProviderSignIn, redirect_uri: str) -> str:
        query = urlencode({"redirect_uri": redirect_uri, "state": sign_in.state})
        return f"http://127.0.0.1:{pages.server_port}/?{query}"

    def redeem(
        _: OidcProviders, sign_in: ProviderSignIn, _uri: str, _code: str, now: datetime
    ) -> IdentityToken:
        return _alice(now, sign_in.nonce)

    with patch.multiple(
        OidcProviders,
        web_issuers=(ISSUER,),
        build_sign_in_url=build_url,
        redeem_code=redeem,
    ):
        return main()


if __name__ == "__main__":
    sys.exit(_run())
