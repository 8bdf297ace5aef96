"""Open an engagement in one transaction: with new roles, or with the role of an AWS CLI profile.

Importing a profile lets people get sessions from Daypass of a role that they assumed without it
until now.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.engagements.engagements import (
    Engagement,
    NewEngagement,
    UsedExternalId,
)
from chalicelib.domain.engagements.roles import Role, RoleSettings
from chalicelib.domain.errors import Conflict, InvalidRequest, Reason, bad_value
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, build_external_id
from chalicelib.domain.onboarding.profile import Profile, read_profile
from chalicelib.domain.onboarding.requests import (
    ImportedEngagement,
    ImportProfile,
    OpenEngagement,
    RequestedRole,
)
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Item, Value, new_item
from chalicelib.usecases.engagements.engagements import (
    check_engagement_dates,
    with_cut_off_external_id,
)
from chalicelib.usecases.engagements.roles import check_arn
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.onboarding.links import LINK_OF_USUAL_LIFE, NewLink, build_link
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import reauthenticate, write


class OpenedEngagement(Value):
    """A new engagement, with a link to the client's page if the request names a role. A link is
    shown only once: there is none if the same request was sent before."""

    engagement: Engagement
    roles: tuple[Role, ...]
    link: NewLink | None


def open_engagement(ports: Ports, lead: Caller, request: OpenEngagement) -> OpenedEngagement:
    """Create an engagement with a random external ID that no other engagement has or had.

    If the request names roles, also create the roles and a link to the client's page. If the
    engagement is not over, and has the same client, account, end, agents and cut-offs, the request
    is a repetition, and nothing changes. Roles are not compared, and no link is returned, because
    its secret is not stored. Raise Conflict if the engagement's ID was ever used otherwise.
    Raise InvalidRequest if the dates are not valid, or if the account or a role cannot be the
    client's. Raise Unavailable if a setting for the firm's own accounts is invalid.
    """
    ports.firm.require_known_accounts()
    if (reason := ports.firm.find_client_account_problem(request.account_id)) is not None:
        raise InvalidRequest(reason, field="account_id")
    earlier = ports.state.get(Engagement, request.id)
    names = ("client", "account_id", "ends_at", "agents", "cut_off")
    is_same = earlier and all(getattr(earlier, each) == getattr(request, each) for each in names)
    if earlier and is_same and not earlier.is_over(ports.now()):
        roles = list_all(ports.state, Role, engagement=earlier.id)
        return OpenedEngagement(engagement=earlier, roles=tuple(roles), link=None)
    # Raises Conflict for an ID that was used.
    engagement, used_ids = _build_engagement(ports, request, request.account_id)
    requested_roles = request.roles or ()
    roles = _build_roles(ports, engagement, requested_roles)
    new_link = build_link(ports, lead, engagement, LINK_OF_USUAL_LIFE) if requested_roles else None
    items: list[Item] = [engagement, *used_ids, *roles]
    for each in requested_roles:
        default = RoleSetup(engagement=engagement.id, role=each.name)
        facts = {"engagement": engagement.id, "role": each.name}
        setup = new_item(RoleSetup, each, **facts, permissions=each.requested_permissions)
        if setup != default:  # the default, a role that keeps all that it has, is not stored
            items.append(setup)
    if new_link is not None:
        items.append(new_link.link)
    # The trail names the roles whose sessions may assume further roles.
    details = {"chaining": " ".join(role.name for role in roles if role.allows_chaining)}
    edits = [(None, item) for item in items]
    write(ports, lead, Action.ENGAGEMENT_CREATE, *edits, details=details)
    return OpenedEngagement(engagement=engagement, roles=roles, link=new_link)


def import_engagement(ports: Ports, lead: Caller, request: ImportProfile) -> ImportedEngagement:
    """Create an engagement with the role and the external ID of a profile from ~/.aws/config.

    The engagement records that its external ID was imported: Daypass did not generate it. Raise
    InvalidRequest if the profile, the dates or the role's account are not valid. Raise Conflict if
    the engagement's ID or the external ID was ever used. Raise Unavailable if a setting for the
    firm's own accounts is invalid.
    """
    ports.firm.require_known_accounts()
    profile = read_profile(request.config, request.profile)
    try:
        arn = ports.firm.parse_client_role(profile.role_arn)
    except InvalidRequest as error:
        detail = f"{profile.title}, role_arn: {error.detail}"
        raise InvalidRequest(error.reason, detail, field="config") from None
    engagement, used_ids = _build_engagement(ports, request, arn.account_id, profile)
    settings = RoleSettings(name=request.role, max_session=profile.max_session)
    role = new_item(
        Role, settings, engagement=engagement.id, arn=arn.text, created_at=engagement.created_at
    )
    edits = [(None, item) for item in (engagement, *used_ids, role)]
    # Every write also requires that the lead and their token are unchanged. Try twice, because the
    # write may have failed only on a simultaneous change of these.
    for _ in range(2):
        try:
            write(ports, lead, Action.ENGAGEMENT_IMPORT, *edits)
            break
        except Conflict:
            id_exists = ports.state.get(Engagement, engagement.id) is not None
            # `reauthenticate` returns the same object if neither the lead nor the token changed.
            if id_exists or reauthenticate(ports, lead) is not lead:
                raise
    else:
        # Both times the engagement's ID was free and the lead unchanged. So the external ID was
        # used before.
        raise Conflict(Reason.EXTERNAL_ID_TAKEN, field="config")
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


def _build_engagement(
    ports: Ports, request: NewEngagement, account_id: str, profile: Profile | None = None
) -> tuple[Engagement, list[UsedExternalId]]:
    """Return the engagement and the records of its external IDs, not yet stored. Its external ID is
    the profile's, or else a random one. Raise InvalidRequest if the dates are not valid, and
    Conflict if the engagement's ID was ever used."""
    now = ports.now()
    generated = build_external_id(ports.random(EXTERNAL_ID_BYTES))
    engagement = new_item(
        Engagement,
        request,
        account_id=account_id,
        external_id=profile.external_id if profile else generated,
        external_id_imported=profile is not None,
        starts_at=request.starts_at or now,
        created_at=now,
    )
    engagement, used_ids = with_cut_off_external_id(ports, engagement)
    check_engagement_dates(engagement, now)
    if ports.state.get(Engagement, engagement.id) is not None:
        raise Conflict(Reason.ALREADY_EXISTS, field="id")
    used_ids.append(UsedExternalId(external_id=engagement.external_id, engagement=engagement.id))
    return engagement, used_ids


def _build_roles(
    ports: Ports, engagement: Engagement, requested: Sequence[RequestedRole]
) -> tuple[Role, ...]:
    """Return the requested roles, not yet stored. Raise InvalidRequest for a repeated name or an
    ARN that cannot be of the client's role."""
    if len({role.name for role in requested}) != len(requested):
        raise bad_value("roles", "Two roles have the same name. Give each role its own name.")
    default_prefix = f"arn:{ports.firm.partition}:iam::{engagement.account_id}:role/daypass-"
    roles = tuple(
        new_item(
            Role,
            role,
            engagement=engagement.id,
            arn=role.arn or default_prefix + role.name,
            created_at=engagement.created_at,
            # The end dates that Daypass has asked the client to put into the role's trust policy.
            requested_ends=(engagement.ends_at,),
        )
        for role in requested
    )
    for role in roles:
        check_arn(ports, engagement, role.arn)
    return roles
