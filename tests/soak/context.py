"""An actor's context: its ports, its engagement, its members' tokens and the shared log."""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from chalicelib.domain.people.members import Caller
from chalicelib.domain.people.tokens import PresentedToken, Token, build_token_text, parse_token
from chalicelib.usecases.ports import Ports
from local.endpoint import Endpoint
from tests.adapters.scene import entry


def now() -> float:
    """Return the seconds of `CLOCK_MONOTONIC`, which all processes of the machine share."""
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class ActorContext:
    ports: Ports
    log_file: int
    """The log's file descriptor."""
    engagement: str
    folder: Path
    """Holds the members' current tokens: one file each, named after the member."""
    deadline: float = 0

    def log(self, event: str, **details: Any) -> None:
        """Append a line in one write: a killed process has written it whole or not at all."""
        record = {"event": event, "at": now()} | details
        os.write(self.log_file, json.dumps(record).encode() + b"\n")

    def has_time(self) -> bool:
        return now() < self.deadline

    def sleep(self, seconds: float) -> None:
        """Sleep for this long, but not beyond the deadline."""
        time.sleep(max(0.0, min(seconds, self.deadline - now())))

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(os.environ["AWS_ENDPOINT_URL"])

    def token_of(self, member: str) -> PresentedToken:
        """Return the member's current token."""
        token = parse_token((self.folder / member).read_text())
        assert token is not None
        return token

    def caller(self, member: str) -> Caller:
        """Return the member as a caller who has just signed in with their current token."""
        token, found_member = self.ports.state.token_and_member(self.token_of(member))
        assert token is not None
        assert found_member is not None
        return Caller(found_member, token, "203.0.113.7")

    def issue_token(self, member: str) -> None:
        """Store a new token, and make it the member's current one."""
        token, text = self.new_token(member)
        self.ports.state.change([token], entry(secrets.token_hex(8)))
        self.save_token(member, text)

    def new_token(self, member: str) -> tuple[Token, str]:
        text = build_token_text(member, secrets.token_bytes(32))
        token, moment = parse_token(text), self.ports.now()
        assert token is not None
        dates = {
            "created_at": moment,
            "expires_at": moment + timedelta(days=1),
            "given_at": moment - timedelta(days=2),  # what is new does not approve
        }
        return Token(member=member, hash=token.hash, label="laptop", **dates), text

    def save_token(self, file_name: str, text: str) -> None:
        """Replace the file atomically: other processes read it meanwhile."""
        new_file = self.folder / f"{file_name}.{os.getpid()}"
        new_file.write_text(text)
        new_file.replace(self.folder / file_name)
