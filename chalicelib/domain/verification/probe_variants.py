"""Probe variants: the session attributes that an AssumeRole request sends beside the external ID.

A trust policy can depend on each attribute. A check finds out which variants the role accepts, and
whether the role accepts a variant without the external ID.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.domain.identifiers import RECORD_ID_BYTES, session_name, session_tags
from chalicelib.domain.moments import SHORTEST_SESSION
from chalicelib.domain.values import Secret, Value
from chalicelib.domain.verification.proof import Check, ProbeOutcome


class SessionAttribute(StrEnum):
    """An optional session attribute that names the member who uses the session."""

    SOURCE_IDENTITY = "source-identity"
    TAGS = "session-tags"


ATTRIBUTE_CHECKS: Mapping[SessionAttribute, Check] = {
    SessionAttribute.SOURCE_IDENTITY: Check.SOURCE_IDENTITY,
    SessionAttribute.TAGS: Check.TAGS,
}
"""For each attribute, the check of whether a role accepts the attribute."""
ProbeVariant = frozenset[SessionAttribute]
"""The attributes that one request sends."""
PLAIN: ProbeVariant = frozenset()
"""No optional attribute: only the session name, which is always sent, names the member."""
FULL: ProbeVariant = frozenset(SessionAttribute)
# The best first: a vend, which issues a session, uses the first variant that the role accepts.
VARIANTS: tuple[ProbeVariant, ...] = (
    FULL,
    frozenset({SessionAttribute.SOURCE_IDENTITY}),
    frozenset({SessionAttribute.TAGS}),
    PLAIN,
)

NAME_BYTES = 12
IDENTITY_BYTES = NAME_BYTES + RECORD_ID_BYTES


class Probe(Value, frozen=True, kw_only=True):
    """An AssumeRole request whose session Daypass discards. `duration` is in seconds."""

    role_arn: str
    external_id: Secret[str | None]
    session_name: str
    source_identity: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    duration: int = SHORTEST_SESSION


class ProbeIdentity(Value, frozen=True, kw_only=True):
    """The member that the probes of one check name. It is usually a made-up one."""

    member: str
    engagement: str
    session_name: str

    def probe(
        self,
        role_arn: str,
        external_id: str | None,
        variant: ProbeVariant,
        duration: int = SHORTEST_SESSION,
    ) -> Probe:
        """Return the AssumeRole request that a vend in this variant would send. A trust policy
        cannot tell the probe from the vend."""
        return Probe(
            role_arn=role_arn,
            external_id=external_id,
            session_name=self.session_name,
            source_identity=self.member if SessionAttribute.SOURCE_IDENTITY in variant else None,
            tags=session_tags(self.member, self.engagement)
            if SessionAttribute.TAGS in variant
            else (),
            duration=duration,
        )


def made_up_identity(random: bytes, engagement: str) -> ProbeIdentity:
    """Return a made-up member from 20 random bytes, so that the client's CloudTrail names no real
    person (`docs/decisions/0021-checks-imitate-vends.md`)."""
    if len(random) != IDENTITY_BYTES:
        raise ValueError("a probe identity is made of 20 random bytes")
    name = "".join(chr(ord("a") + byte % 26) for byte in random[:NAME_BYTES])
    return member_identity(name, random[NAME_BYTES:], engagement)


def member_identity(member: str, random: bytes, engagement: str) -> ProbeIdentity:
    """Return the identity of this member, with a unique session name from 8 random bytes."""
    if len(random) != RECORD_ID_BYTES:
        raise ValueError("a session name is made of 8 random bytes")
    return ProbeIdentity(
        member=member, engagement=engagement, session_name=session_name(member, random.hex())
    )


def combined_outcome(outcomes: Mapping[ProbeVariant, ProbeOutcome]) -> ProbeOutcome:
    """Combine the role's answers to one external ID in all variants into one outcome.

    ACCEPTED if the role accepts at least one variant, and accepts or refuses each of the others.
    REFUSED only if the role refuses all variants.
    """
    distinct = set(outcomes.values())
    if distinct <= {ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED}:
        accepts_one = ProbeOutcome.ACCEPTED in distinct
        return ProbeOutcome.ACCEPTED if accepts_one else ProbeOutcome.REFUSED
    if distinct <= {ProbeOutcome.REGION_DISABLED, ProbeOutcome.REFUSED}:
        return ProbeOutcome.REGION_DISABLED
    return ProbeOutcome.UNKNOWN


def variant_for_vends(outcomes: Mapping[ProbeVariant, ProbeOutcome]) -> ProbeVariant | None:
    """Return the best variant that the role accepts, or None if it accepts none."""
    return next(
        (variant for variant in VARIANTS if outcomes.get(variant) is ProbeOutcome.ACCEPTED), None
    )


def required_attributes(
    outcomes: Mapping[ProbeVariant, ProbeOutcome],
) -> tuple[SessionAttribute, ...]:
    """Return the attributes that the role requires: it accepts Daypass only with them."""
    accepted = [variant for variant in VARIANTS if outcomes.get(variant) is ProbeOutcome.ACCEPTED]
    return tuple(
        attribute
        for attribute in SessionAttribute
        if accepted and all(attribute in variant for variant in accepted)
    )
