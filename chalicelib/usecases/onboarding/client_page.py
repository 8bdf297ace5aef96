"""The client's page: its content, its files, and the checks behind its buttons."""

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
from chalicelib.usecases.onboarding.client_setup import rendered_setup
from chalicelib.usecases.onboarding.links import open_link
from chalicelib.usecases.onboarding.role_setup import spec_of
from chalicelib.usecases.onboarding.role_view import RoleView, role_view
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, write, write_operation
from chalicelib.usecases.verification.access_removal import check_access_removed
from chalicelib.usecases.verification.check_role import TIME_TO_BEGIN, continue_rotation
from chalicelib.usecases.verification.probing import has_time
from chalicelib.usecases.verification.verify import verify

BETWEEN_CHECKS = timedelta(seconds=30)
LONGEST_CONTINUATION = timedelta(minutes=15)
"""How long later clicks continue with the roles that the first click had no time for."""
NEVER = datetime.min.replace(tzinfo=UTC)


class ClientPage(Value, frozen=True, kw_only=True):
    """The page's content."""

    firm: Firm
    engagement: Engagement
    roles: tuple[RoleView, ...]
    link_expires_at: datetime
    has_ended: bool
    sessions_until: datetime | None
    """After the end: the last moment, in whole minutes, at which an earlier session may be active.
    """
    next_step: NextStep
    can_launch: bool
    removal_checked_at: datetime | None
    """The last access-removal check, after the engagement's end, through this link."""
    unfinished_roles: tuple[str, ...]
    """The roles that the last clicks of the button had no time to check."""


def client_page(ports: Ports, link_text: str) -> ClientPage:
    """Return the page's content. NotFound for a link that is invalid or no longer valid."""
    link, engagement = open_link(ports, link_text)
    roles, has_ended = _shown_roles(ports, engagement), engagement.is_over(ports.now())
    views = tuple(role_view(ports, engagement, role) for role in roles)
    # A check before the end was not an access-removal check.
    checked_since = link.checked_at is not None and link.checked_at >= engagement.effective_end
    removal_checked_at = link.checked_at if checked_since else None
    return ClientPage(
        firm=ports.firm,
        engagement=engagement,
        roles=views,
        link_expires_at=link.expires_at,
        has_ended=has_ended,
        sessions_until=_sessions_until(engagement, ports.now()) if has_ended and views else None,
        next_step=next_step(
            engagement,
            {view.name: view.report for view in views},
            has_ended=has_ended,
            removal_checked=removal_checked_at is not None,
            outdated=[view.name for view in views if view.role.needs_policy_update],
        ),
        can_launch=ports.templates is not None,
        removal_checked_at=removal_checked_at,
        unfinished_roles=() if has_ended else tuple(role.name for role in _unfinished(link, roles)),
    )


def client_file(ports: Ports, link_text: str, role_name: str, file_name: str) -> File:
    """Return one of the page's files, to download. NotFound without a file of this name."""
    _, engagement = open_link(ports, link_text)
    for role in _shown_roles(ports, engagement):
        if role.name == role_name:
            spec = spec_of(ports, engagement, role)
            for part, file_format in product(SetupPart, TemplateFormat):
                for file in rendered_setup(spec, engagement, role, file_format, part).files:
                    if file.name == file_name:
                        return file
    raise NotFound(Reason.NO_SUCH_FILE)


def launch_url(ports: Ports, link_text: str, role_name: str) -> str:
    """Return the URL at which the client's CloudFormation console creates the role's stack.

    NotFound for an invalid link, for a role that the client does not have to create, and without a
    bucket for templates (`launch-not-set-up`). Unavailable if the bucket cannot be reached.
    """
    _, engagement = open_link(ports, link_text)
    role = ports.state.get(Role, engagement.id, role_name)
    if role is None or role.ended_at is not None or engagement.is_over(ports.now()):
        raise NotFound(Reason.NO_SUCH_FILE)
    spec = spec_of(ports, engagement, role)
    if spec.exists_already:
        raise NotFound(Reason.NO_SUCH_FILE)
    if ports.templates is None:
        raise NotFound(Reason.LAUNCH_NOT_SET_UP)
    text = template(spec)
    # The name depends on the content: the client never launches a later version than it reviewed.
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    url = ports.templates.publish(f"{engagement.id}/{role.name}-{digest}.yaml", text)
    return launch_stack_url(spec, url, ports.templates.region)


def check_by_client(ports: Ports, link_text: str, *, address: str) -> None:
    """Check the roles on the page, as a lead's check does, and store the results.

    The next click continues with the roles that there was no time for. After the engagement's end,
    check instead that the roles refuse Daypass.

    NotFound for an invalid link; Conflict if the last check began less than 30 s ago, or if
    something was changed meanwhile; Unavailable if AWS gave no clear answer.
    """
    link, engagement = open_link(ports, link_text)
    actor = SystemActor(CLIENT, token_id=link.id, address=address)
    claimed = _claim_check(ports, actor, link, _shown_roles(ports, engagement))
    actor = replace(actor, preconditions=(claimed,))
    began = ports.now()
    until = began + TIME_TO_BEGIN
    if engagement.is_over(began):
        check_access_removed(ports, actor, engagement.id, until=until)
        return
    # A rotation comes first, because it may take all the time. It also verifies roles, and the loop
    # below skips those.
    rotated = (
        continue_rotation(ports, actor, engagement.id, until=until)
        if engagement.is_rotating
        else None
    )
    failure: Unavailable | Conflict | None = None
    for role in sorted(_shown_roles(ports, engagement), key=_checked_at):
        if not has_time(ports, until):
            break
        if _checked_at(role) >= began:
            continue
        try:
            verify(ports, actor, engagement.id, role.name)
        except (Unavailable, Conflict) as error:  # still check the other roles
            failure = error
    if rotated in (engagement, None):
        continue_rotation(ports, actor, engagement.id, until=until)
    if failure is not None:
        raise failure


def confirm_policies_replaced(ports: Ports, link_text: str, until: str, *, address: str) -> None:
    """Record the client's statement that the trust policies now end then, and check every role.

    `until` is the end that the page showed, in seconds since 1970. Raises what `check_by_client`
    raises. If a statement was recorded, a check less than 30 s ago is no error.
    """
    link, engagement = open_link(ports, link_text)
    if not until:
        raise NotFound(Reason.NO_SUCH_PAGE)
    actor = SystemActor(CLIENT, preconditions=(link,), token_id=link.id, address=address)
    roles = [role for role in roles_in_use(ports, engagement.id) if role.needs_policy_update]
    ends = {str(int(end.timestamp())): end for role in roles for end in role.requested_ends}
    replaced: list[Role] = []
    if (end := ends.get(until)) is not None:
        replaced = [new for old in roles if (new := old.with_replaced_policy(end)) is not old]
    if end is not None and replaced:
        details = {"roles": " ".join(role.name for role in replaced), "until": rfc3339(end)}
        action = Action.ROLE_POLICY_REPLACED
        operation = Operation(action=action, engagement=engagement.id, details=details)
        write_operation(ports, actor, operation, replaced)
    try:
        check_by_client(ports, link_text, address=address)
    except Conflict as error:
        if not replaced or error.reason is not Reason.CHECKED_JUST_NOW:
            raise


def _claim_check(
    ports: Ports, actor: SystemActor, link: SetupLink, roles: Sequence[Role]
) -> SetupLink:
    """Record that a check begins. Of two clicks at once, the second gets Conflict."""
    now = ports.now()
    if link.checked_at is not None and now < link.checked_at + BETWEEN_CHECKS:
        raise Conflict(Reason.CHECKED_JUST_NOW)
    since = link.checking_since
    continues = (
        since is not None and now < since + LONGEST_CONTINUATION and bool(_unfinished(link, roles))
    )
    claimed = next_version(link, checked_at=now, checking_since=since if continues else now)
    try:
        write(ports, actor, Action.LINK_CHECK, (link, claimed))
    except Conflict:
        raise Conflict(Reason.CHECKED_JUST_NOW) from None
    return claimed


def _unfinished(link: SetupLink, roles: Sequence[Role]) -> list[Role]:
    """Return the roles that the current series of clicks has not checked yet."""
    since = link.checking_since
    if since is None:
        return []
    return [role for role in roles if role.created_at <= since and _checked_at(role) < since]


def _checked_at(role: Role) -> datetime:
    return NEVER if role.verification is None else role.verification.checked_at


def _sessions_until(engagement: Engagement, now: datetime) -> datetime | None:
    """Return the latest moment at which a session could still be active, or None after it.

    Daypass may have issued no session at all.
    """
    longest = timedelta(seconds=LONGEST_SESSION) + LONGEST_VEND + CLOCK_MARGIN
    end = (engagement.effective_end + longest + timedelta(minutes=1)).replace(
        second=0, microsecond=0
    )
    return end if now < end else None


def _shown_roles(ports: Ports, engagement: Engagement) -> list[Role]:
    """Return the roles for the page. After the engagement's end the client has to remove roles that
    were ended earlier, too.
    """
    has_ended = engagement.is_over(ports.now())
    return [
        role
        for role in list_all(ports.state, Role, engagement=engagement.id)
        if has_ended or role.ended_at is None
    ]
