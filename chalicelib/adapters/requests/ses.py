"""Send e-mail to people at a client through Amazon SES."""

from __future__ import annotations

from email.utils import formataddr
from typing import Any

from botocore.config import Config

from chalicelib.adapters.mail_delivery import deliver
from chalicelib.domain.notifications.notification import Delivery
from chalicelib.domain.requests.client_mails import Mail

# One attempt: the SDK would repeat an e-mail whose answer was lost. Daypass repeats it later, and
# then says in the e-mail that it may be a repetition.
CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
# The e-mail or its address causes these errors ("SendEmail", Amazon SES API v2 Reference). A
# retry fails too, and would hold up the e-mails to everyone else.
_PERMANENT_ERRORS = frozenset({"BadRequestException", "MessageRejected"})


class SesMailer:
    """A Mailer that sends from one address of the deployment."""

    def __init__(
        self,
        client: Any,
        *,
        sender: str,
        firm_name: str,
        reply_to: str,
        configuration_set: str = "",
    ) -> None:
        """`reply_to` is the firm's address for questions; empty if it has none. The configuration
        set says where Amazon SES publishes bounces. If it is empty, SES uses the sender's own."""
        self._client = client
        # formataddr encodes characters outside ASCII, as Amazon SES requires in an address.
        self._from = formataddr((f"{firm_name} via Daypass" if firm_name else "Daypass", sender))
        self._reply_to = [reply_to] if reply_to else []
        self._configuration_set = (
            {"ConfigurationSetName": configuration_set} if configuration_set else {}
        )

    def send(self, mail: Mail) -> Delivery:
        """Send the e-mail, and return whether Amazon SES accepted it."""
        return deliver(
            "Amazon SES",
            lambda: self._client.send_email(
                FromEmailAddress=self._from,
                Destination={"ToAddresses": [mail.to]},
                ReplyToAddresses=self._reply_to,
                **self._configuration_set,
                Content={
                    "Simple": {
                        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": mail.text, "Charset": "UTF-8"}},
                    }
                },
            ),
            _PERMANENT_ERRORS,
        )
