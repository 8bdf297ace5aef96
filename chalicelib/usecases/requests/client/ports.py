"""Define the port through which Daypass sends e-mail to people at a client."""

from __future__ import annotations

from typing import Protocol

from chalicelib.domain.notifications.delivery import Delivery
from chalicelib.domain.requests.client_mails import Mail


class Mailer(Protocol):
    """Sends e-mail to one person."""

    def send(self, mail: Mail) -> Delivery:
        """Send the e-mail, and return whether the mail service accepted it. The result never
        repeats the address or the text."""
