"""Authenticate requests from Slack: the signature, the sender, and that the request is new."""

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
    """Return the secrets of the workspace that signed the request. If the cached ones do not match,
    they are read again. Unauthenticated for a request without a valid, recent signature."""
    for refresh in (False, True):
        secrets = slack.secret_store.read(refresh=refresh)
        if is_valid_signature(secrets.signing, timestamp, signature, body, slack.ports.now()):
            return secrets
    raise Unauthenticated(Reason.SLACK_SIGNATURE_REFUSED)


def origin_of(ports: Ports, user: SlackUser) -> RequestOrigin:
    """Return the origin of a Slack user's request: the bound member and the binding.

    Unauthenticated without a binding. Authenticating the caller later checks that it still holds.
    """
    identity = ports.state.get(Identity, binding_hash(user.team, user.user))
    if identity is None:
        raise Unauthenticated(Reason.SLACK_UNBOUND)
    return RequestOrigin(PresentedToken(identity.member, identity.token), user.address)


def refuse_replay(ports: Ports, signature: str) -> None:
    """Remember the request, or raise Conflict if it was accepted before. Someone who intercepts a
    request could send it again."""
    try:
        ports.state.save(Seen(hash=hash_of(signature), at=ports.now()))
    except FactsChanged:
        raise Conflict(Reason.DUPLICATE_REQUEST) from None
