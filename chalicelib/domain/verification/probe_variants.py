"""What a request tells of who asks, beside the external ID: a trust policy can hang on all of it.

A check finds out how much the role takes, and whether one gets in by it without the external ID.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.domain.identifiers import RECORD_ID_BYTES, session_name, session_tags
from chalicelib.domain.moments import SHORTEST_SESSION
from chalicelib.domain.values import Secret, Value
from chalicelib.domain.verification.proof import Check, ProbeOutcome


class SessionAttribute(StrEnum):
    """What a request may tell of who asks, beside the session's name, which it always tells."""

    SOURCE_IDENTITY = "source-identity"
    TAGS = "session-tags"


CHECK_OF: Mapping[SessionAttribute, Check] = {
    SessionAttribute.SOURCE_IDENTITY: Check.SOURCE_IDENTITY,
    SessionAttribute.TAGS: Check.TAGS,
}
"""The check that finds out whether a role takes the part."""
ProbeVariant = frozenset[SessionAttribute]
"""The parts that one request tells."""
PLAIN: ProbeVariant = frozenset()
FULL: ProbeVariant = frozenset(SessionAttribute)
# The best first: a vend wears the first of them that the role takes.
VARIANTS: tuple[ProbeVariant, ...] = (
    FULL,
    frozenset({SessionAttribute.SOURCE_IDENTITY}),
    frozenset({SessionAttribute.TAGS}),
    PLAIN,
)

NAME_BYTES = 12
IDENTITY_BYTES = NAME_BYTES + RECORD_ID_BYTES


class Probe(Value, frozen=True, kw_only=True):
    """A request to assume a role, of whose session nothing is kept. `duration` is in seconds."""

    role_arn: str
    external_id: Secret[str | None]
    session_name: str
    source_identity: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    duration: int = SHORTEST_SESSION


class ProbeIdentity(Value, frozen=True, kw_only=True):
    """Whom the probes of one check act for, at this engagement."""

    member: str
    engagement: str
    session_name: str

    def probe(
        self,
        role_arn: str,
        external_id: str | None,
        dress: ProbeVariant,
        duration: int = SHORTEST_SESSION,
    ) -> Probe:
        """Return what a vend in this dress sends, so that no trust policy tells the two apart."""
        return Probe(
            role_arn=role_arn,
            external_id=external_id,
            session_name=self.session_name,
            source_identity=self.member if SessionAttribute.SOURCE_IDENTITY in dress else None,
            tags=session_tags(self.member, self.engagement)
            if SessionAttribute.TAGS in dress
            else (),
            duration=duration,
        )


def made_up_identity(random: bytes, engagement: str) -> ProbeIdentity:
    """Return somebody made up of 20 random bytes, so that nobody who exists is seen to try a door
    (docs/decisions/0021)."""
    if len(random) != IDENTITY_BYTES:
        raise ValueError("a stranger is made of 20 random bytes")
    name = "".join(chr(ord("a") + byte % 26) for byte in random[:NAME_BYTES])
    return identity_of(name, random[NAME_BYTES:], engagement)


def identity_of(member: str, random: bytes, engagement: str) -> ProbeIdentity:
    """The member, with a session's name that 8 random bytes make another each time."""
    if len(random) != RECORD_ID_BYTES:
        raise ValueError("a session's name is made of 8 random bytes")
    return ProbeIdentity(
        member=member, engagement=engagement, session_name=session_name(member, random.hex())
    )


def combined_outcome(answers: Mapping[ProbeVariant, ProbeOutcome]) -> ProbeOutcome:
    """Return how a role answers to one external ID in whatever dress: let in if any is and the
    others are let in or refused; refused only if all are."""
    told = set(answers.values())
    if told <= {ProbeOutcome.LET_IN, ProbeOutcome.REFUSED}:
        return ProbeOutcome.LET_IN if ProbeOutcome.LET_IN in told else ProbeOutcome.REFUSED
    if told <= {ProbeOutcome.REGION_DISABLED, ProbeOutcome.REFUSED}:
        return ProbeOutcome.REGION_DISABLED
    return ProbeOutcome.UNKNOWN


def variant_for_vends(answers: Mapping[ProbeVariant, ProbeOutcome]) -> ProbeVariant | None:
    """The best dress in which the right external ID is let in; None if it is in none."""
    return next((dress for dress in VARIANTS if answers.get(dress) is ProbeOutcome.LET_IN), None)


def required_attributes(
    answers: Mapping[ProbeVariant, ProbeOutcome],
) -> tuple[SessionAttribute, ...]:
    """The parts without which the right external ID is not let in, though it is with them."""
    let_in = [dress for dress in VARIANTS if answers.get(dress) is ProbeOutcome.LET_IN]
    return tuple(
        part for part in SessionAttribute if let_in and all(part in dress for dress in let_in)
    )
