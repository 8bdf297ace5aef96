"""Read the e-mails that the local AWS has accepted, and print them. It delivers none."""

from __future__ import annotations

import json
import sys
import textwrap
import urllib.request
from dataclasses import dataclass, field

from local.endpoint import Endpoint

SENDER = "daypass@example.com"
"""The address from which the sample firm mails its clients."""


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail to one person."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Outbox:
    """The e-mails of one account, oldest first."""

    aws: Endpoint
    account: str
    _printed: list[Mail] = field(default_factory=list)

    def verify_sender(self) -> None:
        """Let the account send from `SENDER`."""
        self.aws.as_root(self.account, "sesv2").create_email_identity(EmailIdentity=SENDER)

    def read(self) -> list[Mail]:
        """Return every e-mail so far."""
        url = f"{self.aws.url}/_local/mails/{self.account}"
        with urllib.request.urlopen(url, timeout=10) as response:
            return [Mail(**mail) for mail in json.load(response)["mails"]]

    def print_new(self) -> None:
        """Print the e-mails that were not printed yet."""
        for mail in self.read()[len(self._printed) :]:
            self._printed.append(mail)
            text = f"To: {mail.to}\nSubject: {mail.subject}\n\n{mail.text}"
            lines = textwrap.indent(text.rstrip(), "    ")
            print(f"\n  An e-mail to a client:\n\n{lines}\n", file=sys.__stdout__, flush=True)
