"""Take an engagement over from a profile: a role that was assumed by hand until now."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import Engagement, ExternalIdTaken
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


def import_engagement(ports: Ports, lead: Caller, asked: ImportProfile) -> ImportedEngagement:
    """A new engagement with the external ID and the role of a profile, in the role's account.

    The one place where an external ID comes from outside: it is marked as chosen elsewhere.
    InvalidRequest for the profile, the dates or the role's account; Conflict if the id or the
    external ID has ever been used. Unavailable while the firm's own accounts are unknown.
    """
    ports.firm.require_known_accounts()
    found = read_profile(asked.config, asked.profile)
    arn = _client_role(ports, found)
    now = ports.now()
    place = new_item(
        Engagement,
        asked,
        account_id=arn.account_id,
        external_id=found.external_id,
        starts_at=asked.starts_at or now,
        created_at=now,
        external_id_imported=True,
    )
    check_dates(place.starts_at, place.ends_at, now)
    if ports.state.get(Engagement, place.id) is not None:
        raise Conflict(Reason.ALREADY_EXISTS, field="id")
    settings = RoleSettings(name=asked.role, max_session=found.max_session)
    named = new_item(Role, settings, engagement=place.id, arn=arn.text, created_at=now)
    _write(ports, lead, place, named)
    broker = (
        f"Daypass asks as {ports.firm.broker_role_arn}, and no longer as whoever the profile's"
        " source was: the trust policy has to let that role in."
    )
    unknown = (
        "What the role may do, whom else it trusts and until when is not known to Daypass, and no"
        " check finds it out: the client's page says so."
    )
    return ImportedEngagement(
        engagement=place, role=named, remarks=(broker, unknown, *found.remarks)
    )


def _client_role(ports: Ports, found: Profile) -> RoleArn:
    try:
        return ports.firm.client_role(found.role_arn)
    except InvalidRequest as error:
        says = f"{found.title}, role_arn: {error.detail}"
        raise InvalidRequest(error.reason, says, field="config") from None


def _write(ports: Ports, lead: Caller, place: Engagement, role: Role) -> None:
    taken = ExternalIdTaken(external_id=place.external_id, engagement=place.id)
    edits = [(None, place), (None, taken), (None, role)]
    # Twice, since two changes in the name of one lead at the same moment refuse one another too,
    # which passes.
    for _ in range(2):
        try:
            write(ports, lead, Action.ENGAGEMENT_IMPORT, *edits)
        except Conflict:
            token, member = ports.state.token_and_member(
                PresentedToken(lead.member.id, lead.token.hash)
            )
            is_taken = ports.state.get(Engagement, place.id) is not None
            if is_taken or (member, token) != lead.preconditions:
                raise
        else:
            return
    # All else was free and as it had been: what is in the way is the external ID's tombstone.
    raise Conflict(Reason.EXTERNAL_ID_TAKEN, field="config")
