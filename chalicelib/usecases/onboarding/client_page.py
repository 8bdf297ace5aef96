"""Build the client's page and its files, and make the checks behind its buttons.

A click on "Check now" has limited time. If it cannot check every role, later clicks continue with
the rest: together they are one series of clicks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product

from msgspec.structs import replace

from chalicelib.domain.digest_head import HEAD_FILE, DigestHead
from chalicelib.domain.engagements.approved_grants import EmergencyCount, EmergencyRecord, count_all
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.life import EngagementState, ends_soon, find_state
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, NotFound, Reason, Unavailable
from chalicelib.domain.firm import Firm
from chalicelib.domain.moments import CLOCK_MARGIN, LONG_AGO, LONGEST_SESSION, rfc3339
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.next_step import NextStep, choose_next_step
from chalicelib.domain.onboarding.role_setup import File, SetupPart, TemplateFormat
from chalicelib.domain.onboarding.setup.formats.cloudformation import (
    build_launch_stack_url,
    build_role_template,
)
from chalicelib.domain.trail import CLIENT, Action, Operation
from chalicelib.domain.values import Value, next_version
from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole, list_shut_roles
from chalicelib.domain.vending.cut_off.view import CutOffView, list_pending_cut_offs
from chalicelib.domain.vending.vends import LONGEST_VEND
from chalicelib.usecases.engagements.engagements import list_roles_in_use
from chalicelib.usecases.engagements.listing import ITEMS_PER_READ
from chalicelib.usecases.lists import iterate_list, list_all
from chalicelib.usecases.onboarding.client_setup import render_setup
from chalicelib.usecases.onboarding.links import open_link
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from chalicelib.usecases.onboarding.role_view import RoleView, build_role_view
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, write, write_operation
from chalicelib.usecases.verification.access_removal import check_access_removed
from chalicelib.usecases.verification.cut_off import try_check_cut_offs
from chalicelib.usecases.verification.probing import has_time
from chalicelib.usecases.verification.verify import TIME_TO_BEGIN, continue_rotation, verify_role

BETWEEN_CHECKS = timedelta(seconds=30)
LONGEST_CONTINUATION = timedelta(minutes=15)
"""How long after the first click of a series later clicks continue it."""


class ListedApprover(Value):
    """An approver at the client, and from when they count."""

    approver: ClientApprover
    counts_from: datetime | None
    """None if another approver at the client has to confirm them first."""
    is_new: bool
    """True if `counts_from` is still to come."""


class ClientPage(Value):
    """The content of the client's page."""

    firm: Firm
    engagement: Engagement
    roles: tuple[RoleView, ...]
    state: EngagementState
    ends_soon: bool
    """True if the engagement ends within 14 days."""
    link_expires_at: datetime
    has_ended: bool
    sessions_until: datetime | None
    """The time until which a session may still be active. None before the engagement's end, and
    when no session can be active any more."""
    next_step: NextStep
    can_launch: bool
    removal_checked_at: datetime | None
    """The time of the last access-removal check through this link, after the engagement's end."""
    cut_offs: tuple[CutOffView, ...]
    """The requested cut-offs that Daypass has not seen work. They stand at the top of the page."""
    shut: tuple[ShutRole, ...]
    """The roles that Daypass shut and that only the client can release."""
    unfinished_roles: tuple[str, ...]
    """The names of the roles that the last clicks on "Check now" had no time to check."""
    pause: Block | None
    """The client's pause, if it is in force."""
    approvers: tuple[ListedApprover, ...]
    """The client's approvers."""
    emergencies: EmergencyCount
    """How often members opened a role of the engagement in an emergency."""
    head: DigestHead | None
    """The newest digest of the trail. None before the first."""

    @property
    def is_paused(self) -> bool:
        return self.pause is not None

    @property
    def has_cut_off_notice(self) -> bool:
        """Return whether the page's top says that something about a cut-off is not done."""
        return bool(self.cut_offs or self.shut) or any(
            role.cut_off is not None and role.cut_off.failed_checks for role in self.roles
        )


def build_client_page(ports: Ports, link_text: str) -> ClientPage:
    """Return the content of the page that the link opens. Raise NotFound if the link is not
    valid."""
    (link, engagement), now = open_link(ports, link_text), ports.now()
    roles = _list_roles_on_page(ports, engagement)
    has_ended = engagement.is_over(now)
    # The latest possible end, rounded up. Daypass does not look up whether it issued any session.
    longest_after_end = timedelta(seconds=LONGEST_SESSION, minutes=1) + LONGEST_VEND + CLOCK_MARGIN
    last_end = (engagement.effective_end + longest_after_end).replace(second=0, microsecond=0)
    views = tuple(build_role_view(ports, engagement, role) for role in roles)
    # A check before the engagement's end verified the roles. Only a later one checks the removal.
    is_removal_check = link.checked_at is not None and link.checked_at >= engagement.effective_end
    removal_checked_at = link.checked_at if is_removal_check else None
    pause = ports.state.get(Block, engagement.id)
    cut_offs = list_all(ports.state, RoleCutOffs, engagement=engagement.id)
    people = list_all(ports.state, ClientApprover, engagement=engagement.id)
    starts = [(each, each.counts_from(engagement)) for each in people if each.may_approve]
    grants = iterate_list(ports.state, Grant, ITEMS_PER_READ, engagement=engagement.id)
    return ClientPage(
        firm=ports.firm,
        engagement=engagement,
        roles=views,
        state=find_state(engagement, roles, grants, now),
        ends_soon=ends_soon(engagement, now),
        link_expires_at=link.expires_at,
        has_ended=has_ended,
        sessions_until=last_end if has_ended and views and now < last_end else None,
        next_step=choose_next_step(
            engagement, roles, now, removal_checked=removal_checked_at is not None
        ),
        can_launch=ports.templates is not None,
        removal_checked_at=removal_checked_at,
        cut_offs=list_pending_cut_offs(cut_offs, now),
        shut=list_shut_roles(engagement, roles, cut_offs, now),
        unfinished_roles=()
        if has_ended
        else tuple(role.name for role in _list_unchecked_roles(link, roles)),
        pause=pause if pause is not None and pause.is_in_force else None,
        approvers=tuple(
            ListedApprover(
                approver=each, counts_from=start, is_new=start is not None and start > now
            )
            for each, start in starts
        ),
        emergencies=count_all(list_all(ports.state, EmergencyRecord, engagement=engagement.id)),
        head=ports.state.get(DigestHead),
    )


def find_client_file(ports: Ports, link_text: str, role_name: str, file_name: str) -> File:
    """Return the page's file with this name for this role. Raise NotFound if there is none."""
    _, engagement = open_link(ports, link_text)
    for role in _list_roles_on_page(ports, engagement):
        if role.name == role_name:
            # The head of the trail's digests is offered beside each role's files.
            if file_name == HEAD_FILE and (head := ports.state.get(DigestHead)) is not None:
                return File(HEAD_FILE, purpose="", text=f"{head.line}\n")
            spec = build_spec_for_role(ports, engagement, role)
            for part, file_format in product(SetupPart, TemplateFormat):
                for file in render_setup(spec, role, file_format, part).files:
                    if file.name == file_name:
                        return file
    raise NotFound(Reason.NO_SUCH_FILE)


def create_launch_url(ports: Ports, link_text: str, role_name: str) -> str:
    """Upload the role's CloudFormation template, and return a URL that opens it in the console.

    There the client reviews the template and creates a stack from it. Raise NotFound if the link is
    invalid, if the client does not have to create this role, or if no bucket for templates is
    configured (`launch-not-set-up`). Raise Unavailable if the bucket does not answer.
    """
    _, engagement = open_link(ports, link_text)
    role = ports.state.get(Role, engagement.id, role_name)
    if role is None or role.ended_at is not None or engagement.is_over(ports.now()):
        raise NotFound(Reason.NO_SUCH_FILE)
    spec = build_spec_for_role(ports, engagement, role)
    if spec.exists_already:
        raise NotFound(Reason.NO_SUCH_FILE)
    if ports.templates is None:
        raise NotFound(Reason.LAUNCH_NOT_SET_UP)
    text = build_role_template(spec)
    # With a digest of the template in its name, a later version does not replace the file that the
    # client is reviewing.
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    url = ports.templates.publish(f"{engagement.id}/{role.name}-{digest}.yaml", text)
    return build_launch_stack_url(spec, url, ports.templates.region)


def check_by_client(ports: Ports, link_text: str, *, address: str) -> None:
    """Check the roles on the page after the client's click, and store the results.

    Before the engagement's end, verify the roles. After it, check that the roles refuse Daypass. If
    there is no time to check every role, the next click continues with the rest.

    Raise NotFound if the link is invalid. Raise Conflict if the last check began less than 30
    seconds ago, or if someone changed the engagement or a role during the check. Raise Unavailable
    if AWS gave no clear answer.
    """
    link, engagement = open_link(ports, link_text)
    actor = SystemActor(CLIENT, token_id=link.id, address=address)
    claimed_link = _claim_check(ports, actor, link, _list_roles_on_page(ports, engagement))
    # Every write below fails if another click claims a check, or the link is revoked, meanwhile.
    actor = replace(actor, preconditions=(claimed_link,))
    began_at = ports.now()
    deadline = began_at + TIME_TO_BEGIN
    if engagement.is_over(began_at):
        check_access_removed(ports, actor, engagement.id, deadline=deadline)
        return
    # Continue a rotation of the external ID first, because that may need all the time. A rotation
    # also verifies roles. The loop below skips the roles that were just verified.
    rotated_engagement = (
        continue_rotation(ports, actor, engagement.id, deadline=deadline)
        if engagement.is_rotating
        else None
    )
    last_error: Unavailable | Conflict | None = None
    roles = sorted(_list_roles_on_page(ports, engagement), key=_find_last_check_time)
    for role in roles:
        if not has_time(ports, deadline):
            break
        if _find_last_check_time(role) >= began_at:
            continue
        try:
            verify_role(ports, actor, engagement.id, role.name)
        except (Unavailable, Conflict) as error:  # still check the other roles
            last_error = error
    names = [role.name for role in roles]
    try_check_cut_offs(ports, actor, engagement.id, names, deadline)
    # None means that there is no rotation, or that someone changed the engagement or a role
    # meanwhile. Without a rotation, `continue_rotation` changes nothing.
    made_a_step = rotated_engagement not in (engagement, None)
    if not made_a_step:  # the roles that are verified by now may allow a step
        continue_rotation(ports, actor, engagement.id, deadline=deadline)
    if last_error is not None:
        raise last_error


def confirm_policies_replaced(
    ports: Ports, link_text: str, end_seconds: str, *, address: str
) -> None:
    """Record that the client says it has replaced the trust policies, and check the roles.

    `end_seconds` is the end date of the new trust policies, in seconds since 1970, as the page
    showed it. Raise NotFound if `end_seconds` is empty, and the errors of `check_by_client`. If a
    check began less than 30 seconds ago, raise Conflict only if there was nothing to record.
    """
    link, engagement = open_link(ports, link_text)
    if not end_seconds:  # the URL of the button always has an end date
        raise NotFound(Reason.NO_SUCH_PAGE)
    actor = SystemActor(CLIENT, preconditions=(link,), token_id=link.id, address=address)
    outdated_roles = [
        role for role in list_roles_in_use(ports, engagement.id) if role.needs_policy_update
    ]
    requested_ends = {
        str(int(end.timestamp())): end for role in outdated_roles for end in role.requested_ends
    }
    # Daypass never requests LONG_AGO as an end. With that end, `with_reported_policy_end` changes
    # no role.
    end = requested_ends.get(end_seconds, LONG_AGO)
    changed_roles = [
        new for old in outdated_roles if (new := old.with_reported_policy_end(end)) is not old
    ]
    if changed_roles:
        details = {"roles": " ".join(role.name for role in changed_roles), "until": rfc3339(end)}
        action = Action.ROLE_POLICY_REPLACED
        operation = Operation(action=action, engagement=engagement.id, details=details)
        write_operation(ports, actor, operation, changed_roles)
    try:
        check_by_client(ports, link_text, address=address)
    except Conflict as error:
        if not changed_roles or error.reason is not Reason.CHECKED_JUST_NOW:
            raise


def _claim_check(
    ports: Ports, actor: SystemActor, link: SetupLink, roles: Sequence[Role]
) -> SetupLink:
    """Record on the link that a check begins now, and return the changed link.

    A check continues the current series of checks if that has left roles unchecked for lack of
    time. Raise Conflict if another check began less than 30 seconds ago, also for the second of two
    clicks at the same moment.
    """
    now = ports.now()
    if link.checked_at is not None and now < link.checked_at + BETWEEN_CHECKS:
        raise Conflict(Reason.CHECKED_JUST_NOW)
    series_began = link.checking_since
    continues_series = (
        series_began is not None
        and now < series_began + LONGEST_CONTINUATION
        and bool(_list_unchecked_roles(link, roles))
    )
    claimed_link = next_version(
        link, checked_at=now, checking_since=series_began if continues_series else now
    )
    try:
        write(ports, actor, Action.LINK_CHECK, (link, claimed_link))
    except Conflict:
        raise Conflict(Reason.CHECKED_JUST_NOW) from None
    return claimed_link


def _list_unchecked_roles(link: SetupLink, roles: Sequence[Role]) -> list[Role]:
    """Return the roles that the current check through this link has not reached yet. Leave out
    roles that were created after the check began.

    One check of all roles can take several clicks, because a request has little time.
    `link.checking_since` is when the first of these clicks came.
    """
    series_began = link.checking_since
    if series_began is None:
        return []
    return [
        role
        for role in roles
        if role.created_at <= series_began and _find_last_check_time(role) < series_began
    ]


def _find_last_check_time(role: Role) -> datetime:
    return LONG_AGO if role.verification is None else role.verification.checked_at


def _list_roles_on_page(ports: Ports, engagement: Engagement) -> list[Role]:
    """Return the roles that the client's page shows.

    After the engagement's end, include roles that had ended before, because the client has to
    remove those too.
    """
    has_ended = engagement.is_over(ports.now())
    return [
        role
        for role in list_all(ports.state, Role, engagement=engagement.id)
        if has_ended or role.ended_at is None
    ]
