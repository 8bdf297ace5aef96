"""Authenticate requests from Slack: check the signature, find the sender, and refuse replays. Also
define the ports of Slack's use cases."""

from __future__ import annotations

from typing import Protocol

from chalicelib.domain.errors import Conflict, FactsChanged, NotFound, Reason, Unauthenticated
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.slack.bindings import SlackUser, binding_hash
from chalicelib.domain.slack.messages import Message
from chalicelib.domain.slack.pending import MemberRef, Seen
from chalicelib.domain.slack.signatures import SlackSecrets, is_valid_signature
from chalicelib.domain.values import Secret, Value
from chalicelib.usecases.ports import Ports, RequestOrigin


class SlackSecretStore(Protocol):
    """The store of the workspace's secrets. It raises Unavailable if the store does not answer."""

    def read(self, *, refresh: bool = False) -> SlackSecrets:
        """Return the secrets, from a cache of some minutes. With `refresh`, accept only a value
        read in the last few seconds."""


class SlackResponder(Protocol):
    """Posts delayed responses to commands and buttons."""

    def respond(self, response_url: str, message: Message) -> bool:
        """Post the message, and return whether Slack accepted it. Never call a URL that is not
        Slack's."""


class WorkQueue(Protocol):
    """Invokes the function that carries out leads' actions."""

    def enqueue(self, task: str, response_url: str) -> None:
        """Invoke the function for the pending action with this hash.

        The function posts its answer to the URL. Raise Unavailable if the invocation may have
        failed.
        """


class SlackPorts(Value):
    """All ports that Slack's use cases need."""

    ports: Ports
    secret_store: SlackSecretStore
    responder: SlackResponder
    queue: WorkQueue


class SlackRequest(Value):
    """A request from Slack, with a valid signature: a typed command or a pressed button."""

    user: SlackUser
    text: str = ""
    """The text after the command. For a button, the text in the message's field."""
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
    """Check the request's signature, and return the workspace's secrets, with which Slack made it.

    If the signature does not fit the cached secrets, read the secrets again. Raise Unauthenticated
    for a request without a valid, recent signature.
    """
    for refresh in (False, True):
        secrets = slack.secret_store.read(refresh=refresh)
        if is_valid_signature(
            secrets.signing_secrets, timestamp, signature, body, slack.ports.now()
        ):
            return secrets
    raise Unauthenticated(Reason.SLACK_SIGNATURE_REFUSED)


def find_request_origin(ports: Ports, user: SlackUser) -> RequestOrigin:
    """Return the origin of a Slack user's request: the user's binding to a member, which serves as
    the member's token, and the user's address in Slack.

    Raise Unauthenticated if the Slack user was never bound to a member. This function does not
    check that the binding is still valid: the authentication of the caller does.
    """
    identity = ports.state.get(Identity, binding_hash(user.team, user.user))
    if identity is None:
        raise Unauthenticated(Reason.SLACK_UNBOUND)
    return RequestOrigin(PresentedToken(identity.member, identity.token), user.address)


def refuse_replay(ports: Ports, signature: str) -> None:
    """Store the request's signature. Raise Conflict if the signature is stored already: then Slack
    or someone who intercepted the request has sent it again."""
    try:
        ports.state.save(Seen(hash=hash_of(signature), at=ports.now()))
    except FactsChanged:
        raise Conflict(Reason.DUPLICATE_REQUEST) from None


def resolve_mention(ports: Ports, team: str, member_ref: MemberRef) -> MemberRef:
    """Replace the mention of a Slack user by the ID of the bound member. Return an ID unchanged.

    The member may be suspended. Raise NotFound if the Slack user is not bound to a member.
    """
    if not member_ref.slack_user:
        return member_ref
    identity = ports.state.get(Identity, binding_hash(team, member_ref.slack_user))
    if identity is not None:
        binding, member = ports.state.token_and_member(
            PresentedToken(identity.member, identity.token)
        )
        is_valid = binding and binding.revoked_at is None and ports.now() < binding.expires_at
        if is_valid and member is not None:
            return MemberRef(id=member.id)
    raise NotFound(
        Reason.NO_SUCH_MEMBER,
        "This Slack account is not linked to a Daypass member. Type the member's ID instead.",
    )
