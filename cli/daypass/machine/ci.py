"""Log a CI's job in with the identity token that the CI gives it. Nothing of it is stored.

GitHub Actions hands the token out at an address in the environment, to jobs with the permission
`id-token: write`. GitLab CI puts it into the variable that the job's `id_tokens` names.
"""

from __future__ import annotations

import json
import os
import re
from urllib.parse import quote, urlsplit

from daypass.cached import ADDRESS_FOR_TOKEN, ID_TOKEN, Login
from daypass.connection import LOOPBACK, exchange
from daypass.errors import LocalProblem, NotLoggedIn, Unreachable

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_BOUND_AGAIN = "This job can no longer sign in. Ask a lead to bind it to its machine again."
_REFUSALS = {
    "identity-token-expired": (
        "The job's identity token has expired. GitLab's is valid until the job's timeout: set one"
        " of at most 24 hours."
    ),
    "identity-token-refused": (
        "Daypass does not accept this job's identity token. Its issuer and audience must be in the"
        " operator's setting IDENTITY_PROVIDERS. The audience is Daypass's address, or what"
        " DAYPASS_AUDIENCE says, or in GitLab the aud of the job's id_tokens. The token may be"
        " valid for 24 hours at most."
    ),
    "token-expired": _BOUND_AGAIN,
    "token-revoked": _BOUND_AGAIN,
    "token-unknown": _BOUND_AGAIN,
}
"""The texts for these refusals of a job, which cannot log in anew."""


def job_login(address: str) -> Login:
    """Return the job's login at this broker, with a new token. It names no member, so no session is
    cached for it: a runner may run others' jobs next."""
    token = os.environ.get(ID_TOKEN, "").strip() or _fetch_token(address)
    if not _TOKEN.fullmatch(token):
        raise LocalProblem(
            f"{ID_TOKEN} holds no identity token. In GitLab, the job's id_tokens must name it."
        )
    return Login(address, "", token)


def _fetch_token(address: str) -> str:
    """Return the token that GitHub gives this job for the broker. Raise Unreachable if it gives
    none, and LocalProblem if the job's variables are not as GitHub sets them."""
    url = os.environ.get(ADDRESS_FOR_TOKEN, "")
    parts = urlsplit(url)
    # Plain http would show the secret to the network. To this machine itself, it does not.
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not is_safe:
        raise LocalProblem(f"{ADDRESS_FOR_TOKEN} is not an https address.")
    audience = os.environ.get("DAYPASS_AUDIENCE") or address
    secret = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "")
    if not secret.isascii() or not secret.isprintable():
        raise LocalProblem("ACTIONS_ID_TOKEN_REQUEST_TOKEN is not what GitHub sets.")
    headers = {"Authorization": f"Bearer {secret}", "Accept": "application/json"}
    separator = "&" if parts.query else "?"
    try:
        query = f"{separator}audience={quote(audience, safe='')}"
        answer, content = exchange("GET", url + query, None, headers)
    except Unreachable:
        raise Unreachable(
            f"The CI gave this job no identity token: {parts.hostname} did not answer. Run the job"
            " again."
        ) from None
    try:
        token = json.loads(content)["value"] if answer.status == 200 else None
    except (ValueError, KeyError, TypeError, RecursionError):
        token = None
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise Unreachable(
            f"The CI gave this job no identity token (HTTP {answer.status}). Run the job again."
        )
    return token


def find_job_problem() -> NotLoggedIn | None:
    """Return why a CI's job has no login: it has no identity token, or DAYPASS is not set. Return
    None outside of such a job. Call this only if no login was found."""
    if os.environ.get("GITHUB_ACTIONS") and not os.environ.get(ADDRESS_FOR_TOKEN):
        problem = "add to the job: permissions: {id-token: write}"
    elif os.environ.get("GITLAB_CI") and not os.environ.get(ID_TOKEN):
        problem = f"add to the job: id_tokens: {{{ID_TOKEN}: {{aud: the address of Daypass}}}}"
    elif os.environ.get(ADDRESS_FOR_TOKEN) or os.environ.get(ID_TOKEN):
        problem = "set DAYPASS to the address of your firm's Daypass"
    else:
        return None
    return NotLoggedIn(f"This job cannot sign in to Daypass: {problem}.")


def name_ci() -> str:
    return "GitLab CI" if os.environ.get("GITLAB_CI") else "GitHub Actions"


def explain_refusal(reason: str, text: str) -> str:
    """Return the text of the refusal for a job."""
    return _REFUSALS.get(reason, text)
