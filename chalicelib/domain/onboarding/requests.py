"""What a lead asks for to open an engagement: anew, or from a profile of ~/.aws/config."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from chalicelib.domain.engagements.engagements import NewEngagement
from chalicelib.domain.engagements.roles import RoleSettings
from chalicelib.domain.identifiers import AccountId, Arn, RoleName
from chalicelib.domain.onboarding.role_setup import ReadyMade
from chalicelib.domain.text import line, text
from chalicelib.domain.things import takes


class WantedRole(RoleSettings, frozen=True, kw_only=True):
    """A role that the client is to create, and what it is to be allowed.

    Its ARN is that of a role `daypass-<name>` in the client's account unless it is given.
    """

    arn: Arn | UnsetType = UNSET
    permissions: ReadyMade = ReadyMade.VIEW_ONLY_ACCESS


class OpenEngagement(NewEngagement, frozen=True, kw_only=True):
    account_id: AccountId
    roles: (
        Annotated[
            tuple[WantedRole, ...],
            takes("a list of 1 to 10 objects", min_length=1, max_length=10),
            Meta(description="The roles that the client is to create."),
        ]
        | UnsetType
    ) = UNSET


class ImportProfile(NewEngagement, frozen=True, kw_only=True):
    config: Annotated[
        str,
        text(16_384),
        Meta(
            description="The profile with role_arn and external_id as it stands in ~/.aws/config,"
            " or the whole file. It must hold no secret."
        ),
    ]
    profile: (
        Annotated[str, line(128), Meta(description="Which profile, where several have a role_arn.")]
        | UnsetType
    ) = UNSET
    role: RoleName
