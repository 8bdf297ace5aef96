"""The prober's ports. The prober has no access to the tables or to clients' roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.domain.prober.checks import ApiCheck, ApiResponse, Tokens
from chalicelib.domain.values import Value


class DeployedApi(Protocol):
    """The deployed API, called over HTTPS like any other caller does."""

    def send(self, check: ApiCheck, token: str) -> ApiResponse:
        """Return the response to the check's request. An empty `token` sends none. A request
        without a response returns status 0 and raises nothing."""

    def find_token_routes(self) -> Sequence[tuple[str, str]]:
        """Return the method and path of each route that needs a token, from the API's own OpenAPI
        document. Return none if the document is unavailable."""

    def enrol(self, code: str, label: str) -> str:
        """Return the token for an enrolment code. AccessDenied if the API refuses the code,
        Unavailable without a response."""

    def rotate(self, token: str) -> str:
        """Return the token that replaces this one, which the API revokes. Errors as `enrol`."""


class SecretStore(Protocol):
    """The prober's tokens, which only its own AWS role can read. Unavailable if AWS does not
    answer."""

    def find(self) -> Tokens | None: ...

    def write(self, tokens: Tokens) -> None: ...


class ProberPorts(Value, frozen=True, kw_only=True):
    """Everything that the prober uses."""

    api: DeployedApi
    secrets: SecretStore
    canary_account: str
    """The AWS account of the canary role; empty if there is none."""
    now: Callable[[], datetime]
    pause: Callable[[], None]
    """Wait a moment before a request is repeated."""
