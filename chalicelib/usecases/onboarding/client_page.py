"""The client's page: all that their admin has to know, and the one thing that they can do there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.firm import Firm
from chalicelib.domain.moments import CLOCK_MARGIN, LONGEST_SESSION, rfc3339
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.next_step import NextStep, next_step
from chalicelib.domain.onboarding.role_setup import File, SetupPart, TemplateFormat
from chalicelib.domain.onboarding.setup.formats.cloudformation import launch_stack_url, template
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT, Action, Operation
from chalicelib.domain.values import Value, next_version
from chalicelib.domain.vending.intents import LONGEST_VEND
from chalicelib.usecases.engagements.engagements import roles_in_use
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.onboarding.client_setup import written_down
from chalicelib.usecases.onboarding.links import open_link
from chalicelib.usecases.onboarding.role_setup import setup_of
from chalicelib.usecases.onboarding.role_view import RoleView, role_view
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, write, write_operation
from chalicelib.usecases.verification.access_removal import check_access_removed
from chalicelib.usecases.verification.check_role import TIME_TO_BEGIN, go_on
from chalicelib.usecases.verification.probing import has_time
from chalicelib.usecases.verification.verify import verify

BETWEEN_CHECKS = timedelta(seconds=30)
A_ROUND = timedelta(minutes=15)
"""For how long a press goes on with what the ones before it had no time for."""
NEVER = datetime.min.replace(tzinfo=UTC)


class ClientPage(Value, frozen=True, kw_only=True):
    """What the page shows."""

    firm: Firm
    engagement: Engagement
    roles: tuple[RoleView, ...]
    link_expires_at: datetime
    is_over: bool
    sessions_until: datetime | None
    """Once it is over: how long a session that was issued before may run, to the whole minute."""
    next_step: NextStep
    can_launch: bool
    looked_at: datetime | None
    """When it was last looked whether the roles of an engagement that is over refuse us."""
    to_be_checked: tuple[str, ...]
    """The roles that the last presses of the button did not get through with."""


def client_page(ports: Ports, link: str) -> ClientPage:
    """NotFound for a link that leads nowhere."""
    found, place = open_link(ports, link)
    shown, is_over = _shown(ports, place), place.is_over(ports.now())
    roles = tuple(role_view(ports, place, role) for role in shown)
    # A check of before the end was one of the other kind.
    was_checked = found.checked_at is not None and found.checked_at >= place.over_at
    looked_at = found.checked_at if was_checked else None
    return ClientPage(
        firm=ports.firm,
        engagement=place,
        roles=roles,
        link_expires_at=found.expires_at,
        is_over=is_over,
        sessions_until=_sessions_until(place, ports.now()) if is_over and roles else None,
        next_step=next_step(
            place,
            {one.name: one.report for one in roles},
            is_over=is_over,
            has_looked=looked_at is not None,
            outdated=[one.name for one in roles if one.role.needs_policy_update],
        ),
        can_launch=ports.templates is not None,
        looked_at=looked_at,
        to_be_checked=() if is_over else tuple(role.name for role in _left(found, shown)),
    )


def client_file(ports: Ports, link: str, role: str, name: str) -> File:
    """One of the page's files, to be saved. NotFound if there is none of this name."""
    _, place = open_link(ports, link)
    for shown in _shown(ports, place):
        if shown.name == role:
            setup = setup_of(ports, place, shown)
            for part, form in product(SetupPart, TemplateFormat):
                for file in written_down(setup, place, shown, form, part).files:
                    if file.name == name:
                        return file
    raise NotFound(Reason.NO_SUCH_FILE)


def launch_url(ports: Ports, link: str, role: str) -> str:
    """Where the client's console creates the role's stack.

    NotFound for a dead link, for a role that is not to be created, and (`launch-not-set-up`)
    without a bucket for templates. Unavailable if the bucket cannot be reached.
    """
    _, place = open_link(ports, link)
    named = ports.state.get(Role, place.id, role)
    if named is None or named.ended_at is not None or place.is_over(ports.now()):
        raise NotFound(Reason.NO_SUCH_FILE)
    setup = setup_of(ports, place, named)
    if setup.is_there_already:
        raise NotFound(Reason.NO_SUCH_FILE)
    if ports.templates is None:
        raise NotFound(Reason.LAUNCH_NOT_SET_UP)
    text = template(setup)
    # Named after what it says: who looks at it now never sees what it says later.
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    url = ports.templates.publish(f"{place.id}/{named.name}-{digest}.yaml", text)
    return launch_stack_url(setup, url, ports.templates.region)


def check_by_client(ports: Ports, link: str, *, address: str) -> None:
    """Check the roles that the page shows, as a lead can, and keep the results. The next press goes
    on with those that there was no time for. Once an engagement is over, check that they refuse us.

    NotFound for a link that leads nowhere; Conflict if the last check began less than 30 s ago, or
    something was changed meanwhile; Unavailable if AWS left something unanswered.
    """
    found, place = open_link(ports, link)
    by = SystemActor(CLIENT, token_id=found.id, address=address)
    claimed = _claim(ports, by, found, _shown(ports, place))
    by = replace(by, preconditions=(claimed,))
    began = ports.now()
    until = began + TIME_TO_BEGIN
    if place.is_over(began):
        check_access_removed(ports, by, place.id, until=until)
        return
    # First of all, since it may take all the time; what is proven by it is not checked once more.
    rotated = go_on(ports, by, place.id, until=until) if place.is_rotating else None
    failure: Unavailable | Conflict | None = None
    for role in sorted(_shown(ports, place), key=_checked_at):
        if not has_time(ports, until):
            break
        if _checked_at(role) >= began:
            continue
        try:
            verify(ports, by, place.id, role.name)
        except (Unavailable, Conflict) as error:  # the other roles are checked all the same
            failure = error
    if rotated in (place, None):
        go_on(ports, by, place.id, until=until)
    if failure is not None:
        raise failure


def policies_replaced(ports: Ports, link: str, until: str, *, address: str) -> None:
    """Record the client's statement that the trust policies end then, and check every role.

    `until` is the end that the page showed, in seconds since 1970. Raises what `check_by_client`
    raises, but for a check just before.
    """
    found, place = open_link(ports, link)
    if not until:
        raise NotFound(Reason.NO_SUCH_PAGE)
    by = SystemActor(CLIENT, preconditions=(found,), token_id=found.id, address=address)
    roles = [role for role in roles_in_use(ports, place.id) if role.needs_policy_update]
    ends = {str(int(end.timestamp())): end for role in roles for end in role.asked_ends}
    replaced: list[Role] = []
    if (end := ends.get(until)) is not None:
        replaced = [new for old in roles if (new := old.policy_replaced(end)) is not old]
    if end is not None and replaced:
        details = {"roles": " ".join(role.name for role in replaced), "until": rfc3339(end)}
        action = Action.ROLE_POLICY_REPLACED
        write_operation(
            ports, by, Operation(action=action, engagement=place.id, details=details), replaced
        )
    try:
        check_by_client(ports, link, address=address)
    except Conflict as error:
        if not replaced or error.reason is not Reason.CHECKED_JUST_NOW:
            raise


def _claim(ports: Ports, by: SystemActor, link: SetupLink, roles: Sequence[Role]) -> SetupLink:
    """Take the turn to check, on record. Of two at once one is told to wait."""
    now = ports.now()
    if link.checked_at is not None and now < link.checked_at + BETWEEN_CHECKS:
        raise Conflict(Reason.CHECKED_JUST_NOW)
    since = link.checking_since
    goes_on = since is not None and now < since + A_ROUND and bool(_left(link, roles))
    claimed = next_version(link, checked_at=now, checking_since=since if goes_on else now)
    try:
        write(ports, by, Action.LINK_CHECK, (link, claimed))
    except Conflict:
        raise Conflict(Reason.CHECKED_JUST_NOW) from None
    return claimed


def _left(link: SetupLink, roles: Sequence[Role]) -> list[Role]:
    """The roles that the round of presses has not got through with. There may be none under way."""
    since = link.checking_since
    if since is None:
        return []
    return [role for role in roles if role.created_at <= since and _checked_at(role) < since]


def _checked_at(role: Role) -> datetime:
    return NEVER if role.verification is None else role.verification.checked_at


def _sessions_until(place: Engagement, now: datetime) -> datetime | None:
    """The last moment that any session can see, whether there is one or not; None once it has
    passed.
    """
    longest = timedelta(seconds=LONGEST_SESSION) + LONGEST_VEND + CLOCK_MARGIN
    end = (place.over_at + longest + timedelta(minutes=1)).replace(second=0, microsecond=0)
    return end if now < end else None


def _shown(ports: Ports, place: Engagement) -> list[Role]:
    """Once the engagement is over, roles that were ended earlier are to be removed as well."""
    is_over = place.is_over(ports.now())
    return [
        role
        for role in list_all(ports.state, Role, engagement=place.id)
        if is_over or role.ended_at is None
    ]
