"""Where an actor is: its ports, the engagement, and the file that it tells what it does."""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.tokens import PresentedToken, Token, presented, token_text
from chalicelib.usecases.ports import Ports
from local.endpoint import Endpoint
from tests.adapters.scene import entry


def now() -> float:
    """Seconds that all processes of the machine count alike (`CLOCK_MONOTONIC`)."""
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class Here:
    ports: Ports
    file: int
    engagement: str
    folder: Path
    """The texts of the tokens are in it, each in a file of its member's name."""
    until: float = 0

    def tell(self, what: str, **facts: Any) -> None:
        """In one write, so that it is told or not, whenever the process is killed."""
        os.write(self.file, json.dumps({"what": what, "at": now()} | facts).encode() + b"\n")

    def goes_on(self) -> bool:
        return now() < self.until

    def rests(self, seconds: float) -> None:
        time.sleep(max(0.0, min(seconds, self.until - now())))

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(os.environ["AWS_ENDPOINT_URL"])

    def presented_by(self, member: str) -> PresentedToken:
        """The token that the member has at this moment."""
        matches = presented((self.folder / member).read_text())
        assert matches is not None
        return matches

    def caller(self, member: str) -> Caller:
        """The member as the door has just recognised them."""
        token, found_member = self.ports.state.token_and_member(self.presented_by(member))
        assert token is not None
        assert found_member is not None
        return Caller(found_member, token, "203.0.113.7")

    def gives_token(self, member: str) -> None:
        """A new token, which the member has from now on."""
        token, text = self.new_token(member)
        self.ports.state.change([token], entry(secrets.token_hex(8)))
        self.has_token(member, text)

    def new_token(self, member: str) -> tuple[Token, str]:
        text = token_text(member, secrets.token_bytes(32))
        read, moment = presented(text), self.ports.now()
        assert read is not None
        dates = {"created_at": moment, "expires_at": moment + timedelta(days=1)}
        return Token(member=member, hash=read.hash, label="laptop", **dates), text

    def has_token(self, member: str, text: str) -> None:
        fresh = self.folder / f"{member}.{os.getpid()}"
        fresh.write_text(text)
        fresh.replace(self.folder / member)
