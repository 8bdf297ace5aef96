"""Enrol: exchange a one-time code for a token, which nobody but whoever asks ever sees; or for
coming in by the word of the firm's identity provider, with no token's text at all."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.errors import Conflict
from chalicelib.domain.one_time_secrets import hash_without_text
from chalicelib.domain.people.identities import Identity, Word, identity_hash
from chalicelib.domain.people.recognition import fault_of
from chalicelib.domain.people.tokens import SECRET_BYTES, Presented, Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Inline, ShownOnce, Thing, changed
from chalicelib.usecases.people.exchange import Gain, exchange
from chalicelib.usecases.people.tokens import LIFE, make_token
from chalicelib.usecases.ports import Ports


class Enrolled(Thing, frozen=True):
    """A token at the one moment at which its text is known."""

    token: Inline[Token] = field(name="of")
    text: ShownOnce[
        Annotated[str, Meta(description="Shown this once; Daypass keeps only its SHA-256.")]
    ] = field(name="token")
    other_tokens: Annotated[
        tuple[Token, ...],
        Meta(
            description="Your other tokens that work, the latest first, 20 at most. One that you do"
            " not know is somebody else's: revoke it, and tell your lead."
        ),
    ]


class Bound(Thing, frozen=True):
    """An identity that is a member's from now on, as the token that it is kept as."""

    token: Inline[Token] = field(name="of")
    other_tokens: Annotated[
        tuple[Token, ...],
        Meta(description="As in the answer of `POST /v1/enrol`."),
    ]


def enrol(
    ports: Ports, code: str, *, label: str, address: str, expires_at: datetime | None = None
) -> Enrolled:
    """A token for whoever has the code. The code is used then; it and the token are one step.

    The token lives for 90 days unless told otherwise, 366 at most: InvalidRequest. AccessDenied,
    always the same one, for a code that is not taken.
    """
    # Before the code is looked at: nobody finds out whether one is good without using it.
    ends_at = LIFE.end(ports.now(), expires_at)

    def make(member: str, enrolment: str, now: datetime) -> Gain:
        new = make_token(
            member,
            ports.random(SECRET_BYTES),
            label=label,
            now=now,
            expires_at=ends_at,
            made_from=address,
            enrolment=enrolment,
        )
        return Gain(token=new.token, text=new.text)

    new, others = exchange(ports, code, address, make)
    return Enrolled(new.token, new.text, others)


def enrol_identity(
    ports: Ports,
    code: str,
    *,
    identity_token: str,
    label: str,
    address: str,
    expires_at: datetime | None = None,
) -> Bound:
    """The identity that the provider's token names is the member's from now on, whose code it is.

    As `enrol`. Unrecognised for a provider's token that is not taken, and Conflict for an identity
    by which a member comes in already; the code is not used then.
    """
    word = ports.providers.read(identity_token, ports.now())
    ends_at = LIFE.end(ports.now(), expires_at)
    _must_be_free(ports, word)

    def make(member: str, enrolment: str, now: datetime) -> Gain:
        token = Token(
            member=member,
            # Of a secret that nobody is told: this token has no text to be presented.
            hash=hash_without_text(ports.random),
            label=label,
            created_at=now,
            expires_at=ends_at,
            made_from=address,
            enrolment=enrolment,
            issuer=word.issuer,
            subject=word.subject,
        )
        return Gain(token=token, more=(_identity(ports, word, token),))

    new, others = exchange(ports, code, address, make)
    return Bound(new.token, others)


def _identity(ports: Ports, word: Word, token: Token) -> Identity:
    """Whose the identity is from now on, in place of whose it was."""
    former = _must_be_free(ports, word)
    if former is None:
        return Identity(
            hash=identity_hash(word.issuer, word.subject), member=token.member, token=token.hash
        )
    return changed(former, member=token.member, token=token.hash)


def _must_be_free(ports: Ports, word: Word) -> Identity | None:
    """Conflict if a member comes in by the identity as it is; whose it was, if it was anybody's."""
    former = ports.state.get(Identity, identity_hash(word.issuer, word.subject))
    if former is None:
        return None
    token, member = ports.state.who(Presented(former.member, former.token))
    holds = token is not None and member is not None and not fault_of(token, member, ports.now())
    if holds:
        raise Conflict(Reason.IDENTITY_TAKEN)
    return former
