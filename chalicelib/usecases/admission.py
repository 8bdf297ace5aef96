"""Recognise who is asking, and let in those whose kind may do what they ask."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError, Unrecognised
from chalicelib.domain.people.identities import Identity, identity_hash
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.recognition import Caller, Denied, recognise
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.reasons import TOKEN_REASONS, Reason
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.values import Value
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.recording import SystemActor, record

EVERYONE = frozenset(Kind)
LEADS = frozenset({Kind.LEAD})
READERS = frozenset({Kind.LEAD, Kind.AUDITOR})

_UNRECOGNISED = TOKEN_REASONS | {Reason.IDENTITY_TOKEN_EXPIRED}


class Target(Value, frozen=True, kw_only=True):
    """What a request is aimed at, by the names that it gives: read, and not yet looked up."""

    engagement: str = ""
    role: str = ""
    member: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    """What else is to be said of it, by name."""

    def at(self, *, exists: bool) -> Target:
        """Return what an entry says of the aim. An engagement that does not exist gets no place of
        its own on the trail."""
        if exists:
            return self
        return replace(self, engagement="", others={**self.others, "asked_for": self.engagement})


NO_TARGET = Target()


def sign_in(ports: Ports, text: str) -> PresentedToken:
    """Return the member, not recognised yet, whose identity a provider's token names. Unrecognised
    if it is not taken, or nobody has the identity; Unavailable if the provider's keys cannot be
    had."""
    word = ports.providers.read(text, ports.now())
    identity = ports.state.get(Identity, identity_hash(word.issuer, word.subject))
    if identity is None:
        raise Unrecognised(Reason.IDENTITY_UNKNOWN)
    return PresentedToken(identity.member, identity.token, word.good_until)


def admit(
    ports: Ports,
    origin: RequestOrigin,
    kinds: frozenset[Kind],
    action: Action,
    *,
    target: Target = NO_TARGET,
) -> Caller:
    """Return the caller, or refuse: Unrecognised (whose token is no good), AccessDenied. A refusal
    is recorded, but for an unknown token's: anybody could fill the trail with those."""
    token, member = ports.state.who(origin.presented)
    caller = recognise(token, member, origin.presented, ports.now())
    if isinstance(caller, Denied):
        reason = caller.reason
    elif caller.member.kind in kinds:
        return replace(caller, address=origin.address)
    else:
        reason = Reason.LEAD_ONLY if kinds == LEADS else Reason.LEAD_OR_AUDITOR_ONLY
    if token is not None:
        exists = (
            bool(target.engagement) and ports.state.get(Engagement, target.engagement) is not None
        )
        record_refusal(ports, origin, token, action, reason, target.at(exists=exists))
    raise refusal(reason)


def record_refusal(
    ports: Ports,
    origin: RequestOrigin,
    token: Token,
    action: Action,
    reason: Reason,
    target: Target,
) -> None:
    """Put on the trail what somebody whom Daypass knows was refused."""
    operation = Operation(
        action=action,
        outcome=Outcome.REFUSED,
        reason=reason,
        engagement=target.engagement,
        role=target.role,
        subject=target.member,
        details=target.others,
    )
    by = SystemActor(origin.presented.member, token_id=token.id, address=origin.address)
    record(ports, by, operation)


def refusal(reason: Reason, detail: str = "") -> DaypassError:
    """Return the error that says a rule's no. `detail` replaces the reason's usual sentence."""
    if reason in _UNRECOGNISED:
        return Unrecognised(reason, detail)
    if reason is Reason.CHANGED_MEANWHILE:
        return Conflict(reason, detail)
    return AccessDenied(reason, detail)
