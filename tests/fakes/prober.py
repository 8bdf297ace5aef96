"""A deployed API with scripted responses, and a secret store in memory, for the prober."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.prober.checks import ApiCheck, ApiResponse, Tokens
from chalicelib.usecases.prober.check_api import ProberPorts
from tests.builders import token_text_of
from tests.fakes import NOON

ROUTES = (("GET", "/v1/me"), ("POST", "/v1/members"))
CANARY_ACCOUNT = "444455556666"


@dataclass(slots=True)
class FakeSecretStore:
    """The SecretStore port, in memory."""

    tokens: Tokens | None = None

    def find(self) -> Tokens | None:
        return self.tokens

    def write(self, tokens: Tokens) -> None:
        self.tokens = tokens


@dataclass(slots=True)
class FakeApi:
    """The deployed API. It gives the response that the check expects, or the `responses` under the
    check's name in order, and then always the last."""

    created_at: datetime = NOON
    kind: str = "member"
    responses: dict[str, list[ApiResponse]] = field(default_factory=dict)
    documented: Sequence[tuple[str, str]] = ROUTES
    sent: list[tuple[str, str]] = field(default_factory=list)
    rotated: list[str] = field(default_factory=list)
    fails: DaypassError | None = None

    def send(self, check: ApiCheck, token: str) -> ApiResponse:
        self.sent.append((check.name, token))
        responses = self.responses.get(check.name)
        if responses:
            return responses.pop(0) if len(responses) > 1 else responses[0]
        fields = {
            "member.kind": self.kind,
            "token.created_at": rfc3339(self.created_at),
            "assumed_role_arn": f"arn:aws:sts::{CANARY_ACCOUNT}:assumed-role/Canary/prober.1",
        }
        extracted = {name: fields[name] for name in check.extract}
        return ApiResponse(status=check.status, reason=check.reason, extracted=extracted)

    def find_token_routes(self) -> Sequence[tuple[str, str]]:
        return self.documented

    def enrol(self, code: str, label: str) -> str:
        self.rotated.append(f"{code} as {label}")
        return self._token()

    def rotate(self, token: str) -> str:
        self.rotated.append(token)
        return self._token()

    def _token(self) -> str:
        if self.fails is not None:
            raise self.fails
        return token_text_of(f"prober{len(self.rotated)}")


@dataclass(slots=True)
class ProberWorld:
    """The prober's surroundings in a test."""

    api: FakeApi = field(default_factory=FakeApi)
    secrets: FakeSecretStore = field(
        default_factory=lambda: FakeSecretStore(Tokens(live="live", revoked="revoked"))
    )
    clock: datetime = NOON
    canary_account: str = ""
    pauses: int = 0

    def ports(self) -> ProberPorts:
        return ProberPorts(
            api=self.api,
            secrets=self.secrets,
            canary_account=self.canary_account,
            now=lambda: self.clock,
            pause=self._pause,
        )

    def later(self, **by: float) -> None:
        self.clock += timedelta(**by)

    def _pause(self) -> None:
        self.pauses += 1
