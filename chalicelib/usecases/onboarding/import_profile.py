"""Import an engagement from a profile, with a role that people assumed by hand until now."""

from __future__ import annotations

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
from chalicelib.domain.values import new_item
from chalicelib.usecases.engagements.engagements import check_dates
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import write


def import_engagement(ports: Ports, lead: Caller, request: ImportProfile) -> ImportedEngagement:
    """Create an engagement with the profile's external ID and role, in the role's account.

    Only an import brings an external ID from outside, and marks it as imported. InvalidRequest for
    the profile, the dates or the role's account; Conflict if the engagement's ID or the external ID
    was ever used. Unavailable while the firm's own accounts are unknown.
    """
    ports.firm.require_known_accounts()
    profile = read_profile(request.config, request.profile)
    arn = _client_role(ports, profile)
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
    check_dates(engagement.starts_at, engagement.ends_at, now)
    if ports.state.get(Engagement, engagement.id) is not None:
        raise Conflict(Reason.ALREADY_EXISTS, field="id")
    settings = RoleSettings(name=request.role, max_session=profile.max_session)
    role = new_item(Role, settings, engagement=engagement.id, arn=arn.text, created_at=now)
    _write(ports, lead, engagement, role)
    broker = (
        f"Daypass assumes the role as {ports.firm.broker_role_arn}, not with the profile's source"
        " credentials. The trust policy has to allow that principal."
    )
    unknown = (
        "Daypass does not know the role's permissions, who else it trusts, or until when. No check"
        " shows it. The client's page says so."
    )
    return ImportedEngagement(
        engagement=engagement, role=role, remarks=(broker, unknown, *profile.remarks)
    )


def _client_role(ports: Ports, profile: Profile) -> RoleArn:
    try:
        return ports.firm.client_role(profile.role_arn)
    except InvalidRequest as error:
        detail = f"{profile.title}, role_arn: {error.detail}"
        raise InvalidRequest(error.reason, detail, field="config") from None


def _write(ports: Ports, lead: Caller, engagement: Engagement, role: Role) -> None:
    used_id = UsedExternalId(external_id=engagement.external_id, engagement=engagement.id)
    edits = [(None, engagement), (None, used_id), (None, role)]
    # Try twice, because two simultaneous changes by one lead conflict too, and only once.
    for _ in range(2):
        try:
            write(ports, lead, Action.ENGAGEMENT_IMPORT, *edits)
        except Conflict:
            token, member = ports.state.token_and_member(
                PresentedToken(lead.member.id, lead.token.hash)
            )
            id_exists = ports.state.get(Engagement, engagement.id) is not None
            if id_exists or (member, token) != lead.preconditions:
                raise
        else:
            return
    # Everything else was free and unchanged, so the external ID's tombstone caused the conflict.
    raise Conflict(Reason.EXTERNAL_ID_TAKEN, field="config")
