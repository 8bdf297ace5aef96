"""The terms of a canary: a session of a client's role that only Daypass uses, to see whether a
cut-off works."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.identifiers import build_session_tags
from chalicelib.domain.moments import SHORTEST_SESSION
from chalicelib.domain.policies.brake import CANARY_NAME
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.verification.probe_variants import FULL, SessionAttribute


def build_canary_terms(engagement: Engagement, role: Role) -> Terms:
    """Return the terms with which Daypass assumes the role for a canary.

    They name no member. The port replaces the session policy by one that allows one harmless
    request.
    """
    verification = role.verification
    variant = verification.vend_variant if verification is not None else FULL
    return Terms(
        role_arn=role.arn,
        external_id=engagement.external_id,
        duration=SHORTEST_SESSION,
        source_identity=CANARY_NAME if SessionAttribute.SOURCE_IDENTITY in variant else None,
        tags=build_session_tags(CANARY_NAME, engagement.id)
        if SessionAttribute.TAGS in variant
        else (),
        session_policy=None,
    )
