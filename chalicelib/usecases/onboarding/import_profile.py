"""Import an engagement from a profile of the AWS CLI, with a role that people assumed without
Daypass until now."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.engagements.engagements import Engagement, UsedExternalId
from chalicelib.domain.engagements.roles import Role, RoleSettings
from chalicelib.domain.errors import Conflict, InvalidRequest
from chalicelib.domain.identifiers import RoleArn
from chalicelib.domain.onboarding.profile import Profile, read_profile
from chalicelib.domain.onboarding.requests import ImportedEngagement, ImportProfile
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Item, new_item
from chalicelib.usecases.engagements.engagements import (
    check_engagement_dates,
    with_cut_off_external_id,
)
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import write


def import_engagement(ports: Ports, lead: Caller, request: ImportProfile) -> ImportedEngagement:
    """Create an engagement with the role and the external ID of a profile from ~/.aws/config.

    The engagement records that its external ID was imported: Daypass did not generate it. Raise
    InvalidRequest if the profile, the dates or the role's account are not valid. Raise Conflict if
    the engagement's ID or the external ID was ever used. Raise Unavailable if a setting for the
    firm's own accounts is invalid.
    """
    ports.firm.require_known_accounts()
    profile = read_profile(request.config, request.profile)
    arn = _parse_client_role(ports, profile)
    now = ports.now()
    engagement = new_item(
        Engagement,
        request,
        account_id=arn.account_id,
        external_id=profile.external_id,
        starts_at=request.starts_at or now,
        created_at=now,
        external_id_imported=True,
    )
    engagement, used_external_ids = with_cut_off_external_id(ports, engagement)
    check_engagement_dates(engagement, now)
    if ports.state.get(Engagement, engagement.id) is not None:
        raise Conflict(Reason.ALREADY_EXISTS, field="id")
    settings = RoleSettings(name=request.role, max_session=profile.max_session)
    role = new_item(Role, settings, engagement=engagement.id, arn=arn.text, created_at=now)
    _store_import(ports, lead, engagement, role, used_external_ids)
    broker_remark = (
        f"Daypass assumes the role as {ports.firm.broker_role_arn}, not with the profile's source"
        " credentials. The role's trust policy has to allow that principal."
    )
    limits_remark = (
        "Daypass cannot see the role's permissions, who else the role trusts, or whether its trust"
        " policy has an end date. Checks do not show these either. The client's page tells the"
        " client how to review them."
    )
    return ImportedEngagement(
        engagement=engagement, role=role, remarks=(broker_remark, limits_remark, *profile.remarks)
    )


def _parse_client_role(ports: Ports, profile: Profile) -> RoleArn:
    """Return the profile's role ARN. Raise InvalidRequest, with the profile's name, if the ARN is
    not valid or not a client's."""
    try:
        return ports.firm.parse_client_role(profile.role_arn)
    except InvalidRequest as error:
        detail = f"{profile.title}, role_arn: {error.detail}"
        raise InvalidRequest(error.reason, detail, field="config") from None


def _store_import(
    ports: Ports,
    lead: Caller,
    engagement: Engagement,
    role: Role,
    other_external_ids: Sequence[UsedExternalId],
) -> None:
    """Store the engagement, its external IDs and its role. Raise Conflict if the engagement's ID or
    the external ID was used before."""
    used_id = UsedExternalId(external_id=engagement.external_id, engagement=engagement.id)
    items: list[Item] = [engagement, used_id, *other_external_ids, role]
    edits = [(None, item) for item in items]
    # Try twice, because the write may also have failed on a simultaneous change by the same lead.
    for _ in range(2):
        try:
            write(ports, lead, Action.ENGAGEMENT_IMPORT, *edits)
        except Conflict:
            current_token, current_member = ports.state.token_and_member(
                PresentedToken(lead.member.id, lead.token.hash)
            )
            id_exists = ports.state.get(Engagement, engagement.id) is not None
            if id_exists or (current_member, current_token) != lead.preconditions:
                raise
        else:
            return
    # Both times the engagement's ID was free and the lead unchanged. So the external ID was used
    # before.
    raise Conflict(Reason.EXTERNAL_ID_TAKEN, field="config")
