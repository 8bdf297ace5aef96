"""Probe forms: the ways in which a vend, and so a probe, can present itself to a client's role.

A probe is an AssumeRole request that tests a client's role; Daypass discards its session. A vend
is one attempt to issue a session to a member. Besides the external ID, a trust policy can depend on
three things that differ between vends: the source identity, the session tags, and the session name,
which for an agent ends in `.agent`. A form is one combination of them, so there are eight. The
first two make the variant, which a role can be asked for; the name is the vend's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from chalicelib.domain.identifiers import (
    RECORD_ID_BYTES,
    build_session_name,
    build_session_tags,
    list_session_names,
)
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


class ProbeForm(NamedTuple):
    """The form of one request: the attributes that it sends, and whose session name it has."""

    variant: ProbeVariant
    is_agent: bool = False
    """True if the session name is an agent's."""


FORMS: tuple[ProbeForm, ...] = tuple(
    ProbeForm(variant, is_agent=is_agent) for is_agent in (False, True) for variant in VARIANTS
)
"""Every form that a vend can have."""

NAME_BYTES = 12
IDENTITY_BYTES = NAME_BYTES + RECORD_ID_BYTES
"""The number of random bytes in a made-up identity: for its member name and its session name."""


class Probe(Value):
    """An AssumeRole request whose session Daypass discards. `duration` is in seconds."""

    role_arn: str
    external_id: Secret[str | None]
    session_name: str
    source_identity: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    duration: int = SHORTEST_SESSION


class ProbeIdentity(Value):
    """The member and the vend's ID that all probes of a check use. Both are made up, or only the
    ID."""

    member: str
    engagement: str
    vend: str

    @property
    def session_names(self) -> tuple[str, ...]:
        """Return the session names of all forms, as vends would have them."""
        return list_session_names(self.member, self.vend)

    def build_probe(
        self,
        role_arn: str,
        external_id: str | None,
        form: ProbeForm,
        duration: int = SHORTEST_SESSION,
    ) -> Probe:
        """Return a probe with this external ID in this form.

        Nothing in the request marks it as a probe, so that a client cannot treat probes and vends
        differently.
        """
        return Probe(
            role_arn=role_arn,
            external_id=external_id,
            session_name=build_session_name(self.member, self.vend, is_agent=form.is_agent),
            source_identity=self.member
            if SessionAttribute.SOURCE_IDENTITY in form.variant
            else None,
            tags=build_session_tags(self.member, self.engagement)
            if SessionAttribute.TAGS in form.variant
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
    """Return an identity with this member name, and unique session names from 8 random bytes."""
    if len(random) != RECORD_ID_BYTES:
        raise ValueError("random must have 8 bytes")
    return ProbeIdentity(member=member, engagement=engagement, vend=random.hex())


def combine_outcomes(outcomes: Iterable[ProbeOutcome]) -> ProbeOutcome:
    """Return one outcome for an external ID, from the outcomes of its probes in several forms.

    REFUSED if the role refuses all of them. ACCEPTED if it accepts at least one, and refuses the
    others. REGION_DISABLED if that is the outcome of at least one, and the role refuses the others.
    UNKNOWN in all other cases.
    """
    distinct_outcomes = set(outcomes)
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
    """Return the attributes that every accepted variant has. Return none if the role accepts no
    variant."""
    accepted_variants = [
        variant for variant in VARIANTS if outcomes.get(variant) is ProbeOutcome.ACCEPTED
    ]
    return tuple(
        attribute
        for attribute in SessionAttribute
        if accepted_variants and all(attribute in variant for variant in accepted_variants)
    )
