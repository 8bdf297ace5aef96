"""A deployed API that answers as it is told to, and a safe in memory, for the prober."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.prober.checks import ApiCheck, ApiResponse, Tokens
from chalicelib.usecases.prober.ports import ProberPorts
from tests.builders import token_text_of
from tests.fakes import NOON

ROUTES = (("GET", "/v1/me"), ("POST", "/v1/members"))
CANARY_ACCOUNT = "444455556666"


@dataclass(slots=True)
class FakeSafe:
    """The Safe port."""

    tokens: Tokens | None = None

    def find(self) -> Tokens | None:
        return self.tokens

    def keep(self, tokens: Tokens) -> None:
        self.tokens = tokens


@dataclass(slots=True)
class FakeApi:
    """Gives each trial the answer that it must have, or what is in `says` under its name: several
    answers one after the other, of which the last stays."""

    made_at: datetime = NOON
    kind: str = "member"
    says: dict[str, list[ApiResponse]] = field(default_factory=dict)
    described: Sequence[tuple[str, str]] = ROUTES
    asked: list[tuple[str, str]] = field(default_factory=list)
    rotated: list[str] = field(default_factory=list)
    fails: DaypassError | None = None

    def ask(self, trial: ApiCheck, token: str) -> ApiResponse:
        self.asked.append((trial.name, token))
        answers = self.says.get(trial.name)
        if answers:
            return answers.pop(0) if len(answers) > 1 else answers[0]
        known = {
            "member.kind": self.kind,
            "token.created_at": rfc3339(self.made_at),
            "assumed_role_arn": f"arn:aws:sts::{CANARY_ACCOUNT}:assumed-role/Canary/prober.1",
        }
        kept = {name: known[name] for name in trial.keeps}
        return ApiResponse(status=trial.status, reason=trial.reason, kept=kept)

    def routes(self) -> Sequence[tuple[str, str]]:
        return self.described

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
    """What the prober meets."""

    api: FakeApi = field(default_factory=FakeApi)
    safe: FakeSafe = field(default_factory=lambda: FakeSafe(Tokens(live="live", dead="dead")))
    clock: datetime = NOON
    canary_account: str = ""
    pauses: int = 0

    def ports(self) -> ProberPorts:
        return ProberPorts(
            api=self.api,
            safe=self.safe,
            canary_account=self.canary_account,
            now=lambda: self.clock,
            pause=self._pause,
        )

    def later(self, **by: float) -> None:
        self.clock += timedelta(**by)

    def _pause(self) -> None:
        self.pauses += 1
