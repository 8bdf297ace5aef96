"""Sign in by the word of the firm's own identity provider."""

from __future__ import annotations

from chalicelib.domain.errors import Unrecognised
from chalicelib.domain.people.identities import Identity, identity_hash
from chalicelib.domain.people.tokens import Presented
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.ports import Ports


def sign_in(ports: Ports, text: str) -> Presented:
    """What a provider's token claims: the member whose identity it names.

    Looked up, and not recognised yet: whether the identity still holds is the rule's to say, each
    time that it is asked. Unrecognised if the token is not taken, or nobody has the identity;
    Unavailable if the provider's keys cannot be had.
    """
    word = ports.providers.read(text, ports.now())
    identity = ports.state.get(Identity, identity_hash(word.issuer, word.subject))
    if identity is None:
        raise Unrecognised(Reason.IDENTITY_UNKNOWN)
    return Presented(identity.member, identity.token, word.good_until)
