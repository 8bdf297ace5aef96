"""What comes from Slack: that it is Slack's, whose it is, and that it has not come before."""

from __future__ import annotations

import hashlib

from chalicelib.domain.errors import Conflict, FactsChanged, Unrecognised
from chalicelib.domain.people.tokens import Presented
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.bindings import SlackUser
from chalicelib.domain.slack.secrets import Secrets
from chalicelib.domain.slack.signatures import is_signed
from chalicelib.domain.slack.tasks import Seen
from chalicelib.usecases.ports import Asking, Ports
from chalicelib.usecases.slack.ports import SlackPorts


def must_be_slacks(slack: SlackPorts, timestamp: str, signature: str, body: bytes) -> Secrets:
    """The secrets of whom it is from; Unrecognised for what Slack has not signed just now.

    Where the secrets that are at hand do not fit, those are read that there are by now.
    """
    for anew in (False, True):
        secrets = slack.safe.read(anew=anew)
        if is_signed(secrets.signing, timestamp, signature, body, slack.ports.now()):
            return secrets
    raise Unrecognised(Reason.SLACK_SIGNATURE_REFUSED)


def asking_by(ports: Ports, user: SlackUser) -> Asking:
    """Whose the Slack user is: looked up, and not recognised yet. Unrecognised if nobody's.

    Whether the binding still holds is the rule's to say, each time that it is asked.
    """
    identity = ports.state.identity(user.identity)
    if identity is None:
        raise Unrecognised(Reason.SLACK_UNBOUND)
    return Asking(Presented(identity.member, identity.token), user.address)


def must_be_new(ports: Ports, signature: str) -> None:
    """Conflict for a request that has come before: whoever has caught one can send it again."""
    seen = Seen(hash=hashlib.sha256(signature.encode("ascii")).hexdigest(), at=ports.now())
    try:
        ports.state.remember(seen)
    except FactsChanged:
        raise Conflict(Reason.DELIVERED_TWICE) from None
