"""Get sign-in URLs for the AWS console from AWS's federation endpoint."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlencode
from urllib.request import Request

from chalicelib.adapters.no_redirects import send_without_redirects
from chalicelib.domain.vending.console import CONSOLES, build_sign_in_url
from chalicelib.domain.vending.vends import Credentials

TIMEOUT = 3
"""Seconds. A person waits for the page that shows the URL."""
LARGEST_ANSWER = 65_536
"""Bytes."""


def get_sign_in_url(partition: str, endpoint: str, credentials: Credentials) -> str | None:
    """Return a URL that signs a browser in with the session; None if AWS gives none.

    `endpoint` replaces the partition's endpoint on a developer's machine, and is empty elsewhere.
    The request has no SessionDuration, because AWS refuses one for a chained role's session. The
    credentials are in the body, not in the URL that proxies and servers log.
    """
    hosts = CONSOLES.get(partition)
    if hosts is None:
        return None
    endpoint = endpoint or f"https://{hosts.sign_in}/federation"
    session = {
        "sessionId": credentials.access_key_id,
        "sessionKey": credentials.secret_access_key,
        "sessionToken": credentials.session_token,
    }
    form = urlencode({"Action": "getSigninToken", "Session": json.dumps(session)})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "daypass"}
    request = Request(endpoint, form.encode(), headers)  # noqa: S310
    try:
        with send_without_redirects(request, TIMEOUT) as response:
            answer = json.loads(response.read(LARGEST_ANSWER)) if response.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    token = answer.get("SigninToken") if isinstance(answer, dict) else None
    return build_sign_in_url(endpoint, hosts, token) if isinstance(token, str) and token else None
