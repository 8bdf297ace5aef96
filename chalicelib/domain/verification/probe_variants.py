"""Probe variants: sets of optional session attributes that a probe of a client's role sends.

A probe is an AssumeRole request that tests a client's role; Daypass discards its session. A vend
is one attempt to issue a session to a member. A trust policy can depend on each attribute. So a
check finds out which variants the role accepts, and tries wrong external IDs in several variants.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.domain.identifiers import RECORD_ID_BYTES, build_session_name, build_session_tags
from chalicelib.domain.moments import SHORTEST_SESSION
from chalicelib.domain.values import Secret, Value
from chalicelib.domain.verification.proof import Check, ProbeOutcome


class SessionAttribute(StrEnum):
    """An optional session attribute that names the member who uses the session."""

    SOURCE_IDENTITY = "source-identity"
    """The member's ID, as the session's source identity."""
    TAGS = "session-tags"
    """The tags `DaypassMember` and `DaypassEngagement`."""


ATTRIBUTE_CHECKS: Mapping[SessionAttribute, Check] = {
    SessionAttribute.SOURCE_IDENTITY: Check.SOURCE_IDENTITY,
    SessionAttribute.TAGS: Check.TAGS,
}
"""For each attribute, the check that tests whether a role accepts the attribute."""
ProbeVariant = frozenset[SessionAttribute]
"""The attributes that one request sends."""
PLAIN: ProbeVariant = frozenset()
"""No optional attribute: only the session name, which is always sent, names the member."""
FULL: ProbeVariant = frozenset(SessionAttribute)
"""All optional attributes."""
# The best variant comes first: vends use the first one that the role accepts.
VARIANTS: tuple[ProbeVariant, ...] = (
    FULL,
    frozenset({SessionAttribute.SOURCE_IDENTITY}),
    frozenset({SessionAttribute.TAGS}),
    PLAIN,
)

NAME_BYTES = 12
IDENTITY_BYTES = NAME_BYTES + RECORD_ID_BYTES
"""The number of random bytes in a made-up identity: for its member name and its session name."""


class Probe(Value, frozen=True, kw_only=True):
    """An AssumeRole request whose session Daypass discards. `duration` is in seconds."""

    role_arn: str
    external_id: Secret[str | None]
    session_name: str
    source_identity: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    duration: int = SHORTEST_SESSION


class ProbeIdentity(Value, frozen=True, kw_only=True):
    """The member and the session name that all probes of a check use. The member is usually
    made up."""

    member: str
    engagement: str
    session_name: str

    def build_probe(
        self,
        role_arn: str,
        external_id: str | None,
        variant: ProbeVariant,
        duration: int = SHORTEST_SESSION,
    ) -> Probe:
        """Return a probe with this external ID and the attributes of this variant.

        Nothing in the request marks it as a probe, so that a client cannot treat probes and vends
        differently.
        """
        return Probe(
            role_arn=role_arn,
            external_id=external_id,
            session_name=self.session_name,
            source_identity=self.member if SessionAttribute.SOURCE_IDENTITY in variant else None,
            tags=build_session_tags(self.member, self.engagement)
            if SessionAttribute.TAGS in variant
            else (),
            duration=duration,
        )


def build_made_up_identity(random: bytes, engagement: str) -> ProbeIdentity:
    """Return an identity with a made-up member name, from 20 random bytes.

    So the client's CloudTrail names no real person (`docs/decisions/0021-checks-imitate-vends.md`).
    """
    if len(random) != IDENTITY_BYTES:
        raise ValueError("random must have 20 bytes")
    name = "".join(chr(ord("a") + byte % 26) for byte in random[:NAME_BYTES])
    return build_member_identity(name, random[NAME_BYTES:], engagement)


def build_member_identity(member: str, random: bytes, engagement: str) -> ProbeIdentity:
    """Return an identity with this member name, and a unique session name from 8 random bytes."""
    if len(random) != RECORD_ID_BYTES:
        raise ValueError("random must have 8 bytes")
    return ProbeIdentity(
        member=member, engagement=engagement, session_name=build_session_name(member, random.hex())
    )


def combine_outcomes(outcomes: Mapping[ProbeVariant, ProbeOutcome]) -> ProbeOutcome:
    """Return one outcome for an external ID, from the outcomes of its probes in all variants.

    REFUSED if the role refuses all variants. ACCEPTED if it accepts at least one, and refuses the
    others. REGION_DISABLED if that is the outcome of at least one, and the role refuses the others.
    UNKNOWN in all other cases.
    """
    distinct_outcomes = set(outcomes.values())
    if distinct_outcomes <= {ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED}:
        accepts_any = ProbeOutcome.ACCEPTED in distinct_outcomes
        return ProbeOutcome.ACCEPTED if accepts_any else ProbeOutcome.REFUSED
    if distinct_outcomes <= {ProbeOutcome.REGION_DISABLED, ProbeOutcome.REFUSED}:
        return ProbeOutcome.REGION_DISABLED
    return ProbeOutcome.UNKNOWN


def find_vend_variant(outcomes: Mapping[ProbeVariant, ProbeOutcome]) -> ProbeVariant | None:
    """Return the variant that vends use: the best one that the role accepts. None if it accepts
    none."""
    return next(
        (variant for variant in VARIANTS if outcomes.get(variant) is ProbeOutcome.ACCEPTED), None
    )


def find_required_attributes(
    outcomes: Mapping[ProbeVariant, ProbeOutcome],
) -> tuple[SessionAttribute, ...]:
    """Return the attributes that every accepted variant has. Empty if the role accepts none."""
    accepted_variants = [
        variant for variant in VARIANTS if outcomes.get(variant) is ProbeOutcome.ACCEPTED
    ]
    return tuple(
        attribute
        for attribute in SessionAttribute
        if accepted_variants and all(attribute in variant for variant in accepted_variants)
    )
