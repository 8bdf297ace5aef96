"""Authenticate requests from Slack: check the signature, find the sender, and refuse replays."""

from __future__ import annotations

from chalicelib.domain.errors import Conflict, FactsChanged, Unauthenticated
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.bindings import SlackUser, binding_hash
from chalicelib.domain.slack.pending import Seen
from chalicelib.domain.slack.signatures import SlackSecrets, is_valid_signature
from chalicelib.domain.values import Secret, Value
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.slack.ports import SlackPorts


class SlackRequest(Value, frozen=True, kw_only=True):
    """A request that Slack signed."""

    user: SlackUser
    text: str = ""
    """The text after the command."""
    button: str = ""
    """The ID of the button that was pressed."""
    value: Secret[str] = ""
    """The button's value."""
    response_url: Secret[str]
    """The URL for delayed responses. Daypass checks that it is Slack's before it calls it."""
    signature: Secret[str] = ""
    base_url: str = ""


def verify_signature(
    slack: SlackPorts, timestamp: str, signature: str, body: bytes
) -> SlackSecrets:
    """Check the signature of a request, and return the secrets that made it.

    If the cached secrets do not match, read them again. Raise Unauthenticated for a request without
    a valid, recent signature.
    """
    for refresh in (False, True):
        secrets = slack.secret_store.read(refresh=refresh)
        if is_valid_signature(
            secrets.signing_secrets, timestamp, signature, body, slack.ports.now()
        ):
            return secrets
    raise Unauthenticated(Reason.SLACK_SIGNATURE_REFUSED)


def origin_of(ports: Ports, user: SlackUser) -> RequestOrigin:
    """Return the credentials of a Slack user's request: their binding, a token of their member.

    Raise Unauthenticated if the Slack user was never bound to a member. Authenticating the caller
    later checks that the binding is still valid.
    """
    identity = ports.state.get(Identity, binding_hash(user.team, user.user))
    if identity is None:
        raise Unauthenticated(Reason.SLACK_UNBOUND)
    return RequestOrigin(PresentedToken(identity.member, identity.token), user.address)


def refuse_replay(ports: Ports, signature: str) -> None:
    """Store the request's signature. Raise Conflict if it is stored already.

    Someone who intercepted a request could otherwise send it again.
    """
    try:
        ports.state.save(Seen(hash=hash_of(signature), at=ports.now()))
    except FactsChanged:
        raise Conflict(Reason.DUPLICATE_REQUEST) from None
