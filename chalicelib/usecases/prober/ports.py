"""What the prober needs from the world: no table, and no role of a client's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.domain.prober.checks import ApiCheck, ApiResponse, Tokens
from chalicelib.domain.values import Value


class DeployedApi(Protocol):
    """The API as everybody has it, over HTTPS."""

    def ask(self, trial: ApiCheck, token: str) -> ApiResponse:
        """What it says. `token` is empty for nobody's; no answer is an answer too."""

    def routes(self) -> Sequence[tuple[str, str]]:
        """Method and path of each route that the API itself says asks for a token, if it does."""

    def enrol(self, code: str, label: str) -> str:
        """The token for an enrolment code. AccessDenied, or Unavailable if there is no answer."""

    def rotate(self, token: str) -> str:
        """The token in place of this one, which is dead then. As `enrol`."""


class SecretStore(Protocol):
    """Where the prober's tokens are, which nobody else reads. Unavailable if it does not answer."""

    def find(self) -> Tokens | None: ...

    def keep(self, tokens: Tokens) -> None: ...


class ProberPorts(Value, frozen=True, kw_only=True):
    """All that the prober is given."""

    api: DeployedApi
    safe: SecretStore
    canary_account: str
    """The AWS account of the role that must be given; empty if there is none."""
    now: Callable[[], datetime]
    pause: Callable[[], None]
    """Wait a moment before asking again."""
