"""Authenticate a request from Slack: its signature, its sender, and that it is new."""

from __future__ import annotations

from chalicelib.domain.errors import Conflict, FactsChanged, Unauthenticated
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.bindings import SlackUser, binding_hash
from chalicelib.domain.slack.pending import Seen
from chalicelib.domain.slack.signatures import Secrets, is_signed
from chalicelib.domain.values import Secret, Value
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.slack.ports import SlackPorts


class SlackRequest(Value, frozen=True, kw_only=True):
    """A request that Slack has signed."""

    user: SlackUser
    text: str = ""
    """What was typed after the command."""
    button: str = ""
    """The ID of the button that was pressed."""
    value: Secret[str] = ""
    """The button's value."""
    response_url: Secret[str]
    """Where Daypass can answer later. It is checked before it is called."""
    signature: Secret[str] = ""
    base_url: str = ""


def check_signature(slack: SlackPorts, timestamp: str, signature: str, body: bytes) -> Secrets:
    """Return the secrets of the workspace that signed the request, read anew if they do not match.
    Unrecognised for anything that Slack did not sign just now."""
    for anew in (False, True):
        secrets = slack.safe.read(anew=anew)
        if is_signed(secrets.signing, timestamp, signature, body, slack.ports.now()):
            return secrets
    raise Unauthenticated(Reason.SLACK_SIGNATURE_REFUSED)


def origin_of(ports: Ports, user: SlackUser) -> RequestOrigin:
    """Return the member and the binding of a Slack user; Unrecognised if there is none. Whether the
    binding still holds is decided where the caller is recognised."""
    identity = ports.state.get(Identity, binding_hash(user.team, user.user))
    if identity is None:
        raise Unauthenticated(Reason.SLACK_UNBOUND)
    return RequestOrigin(PresentedToken(identity.member, identity.token), user.address)


def refuse_replay(ports: Ports, signature: str) -> None:
    """Conflict for a request that was accepted before: whoever intercepts one can send it again."""
    try:
        ports.state.save(Seen(hash=hash_of(signature), at=ports.now()))
    except FactsChanged:
        raise Conflict(Reason.DUPLICATE_REQUEST) from None
