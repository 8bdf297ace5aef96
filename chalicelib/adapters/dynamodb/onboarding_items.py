"""The items about how a client lets us in, as `items` has all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.keys import sortable
from chalicelib.adapters.dynamodb.values import Values, maybe_moment, maybe_text, moment
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import ReadyMade, RoleSetup
from chalicelib.domain.verification.rounds import Sweep


def setup_values(setup: RoleSetup) -> Values:
    return {
        "engagement": setup.engagement,
        "role": setup.role,
        "permissions": setup.permissions.value,
        "own_policy": setup.own_policy,
        "max_session_duration": setup.max_session_duration,
        "boundary_arn": setup.boundary_arn,
        "makes_boundary": setup.makes_boundary,
    }


def setup_of(values: Mapping[str, Any]) -> RoleSetup:
    return RoleSetup(
        engagement=values["engagement"],
        role=values["role"],
        permissions=ReadyMade(values["permissions"]),
        own_policy=values.get("own_policy"),
        max_session_duration=values["max_session_duration"],
        boundary_arn=values.get("boundary_arn"),
        makes_boundary=values["makes_boundary"],
        version=values["version"],
    )


def link_values(link: SetupLink) -> Values:
    return {
        "list": keys.links(link.engagement),
        "list_sk": link.hash,
        "hash": link.hash,
        "engagement": link.engagement,
        "created_by": link.created_by,
        "created_at": sortable(link.created_at),
        "expires_at": sortable(link.expires_at),
        "revoked_at": maybe_text(link.revoked_at),
        "checked_at": maybe_text(link.checked_at),
    }


def link_of(values: Mapping[str, Any]) -> SetupLink:
    return SetupLink(
        hash=values["hash"],
        engagement=values["engagement"],
        created_by=values["created_by"],
        created_at=moment(values["created_at"]),
        expires_at=moment(values["expires_at"]),
        revoked_at=maybe_moment(values.get("revoked_at")),
        checked_at=maybe_moment(values.get("checked_at")),
        version=values["version"],
    )


def sweep_of(values: Mapping[str, Any]) -> Sweep:
    return Sweep(done_until=moment(values["done_until"]), version=values["version"])
