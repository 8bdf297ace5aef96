"""Grant access to engagements, and change grants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import (
    ChangeGrant,
    CreateGrant,
    Grant,
)
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.parsing import parse_valid_fields
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    go_to,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import build_field, choose_page, hidden
from chalicelib.entrypoints.web.actions.people.forms import display
from chalicelib.entrypoints.web.actions.people.grant_form import (
    GrantForm,
    build_role_fields,
    build_time_fields,
    find_new_time,
    is_as_requested,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import grants
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.people.members import find_member

MAX_SUGGESTIONS = 200
"""How many engagements or members the page suggests for a name that is still missing."""
_NAMES = ("engagement", "member")
_CHANGED = (
    "Someone has changed this grant since you opened this page. The form shows the grant as it is"
    " now. Check it, and send it again."
)


class GrantChangeForm(GrantForm, frozen=True, kw_only=True):
    """A form with a grant as it is to be. `version` is the grant's on the page."""

    version: str = ""


@web_action(
    "grant-access",
    heading="Grant access to",
    button="Grant access",
    done="Access is granted.",
    kinds=LEADS,
    action=Action.GRANT_CREATE,
    form=GrantForm,
    lets_in=True,
)
def grant_access(web: WebRequest, form: GrantForm) -> ActionResult:
    """Create the grant. If the member has this very grant already, create nothing."""
    engagement = find_engagement(web.ports, form.engagement)
    conditions = form.read_roles()
    request = CreateGrant(
        member=form.member,
        roles=conditions.roles,
        on_request=conditions.on_request,
        emergency=conditions.emergency,
        starts_at=form.starts_at,
        ends_at=find_new_time(form.ends_at, engagement.ends_at),
    )
    try:
        grants.create_grant(web.ports, web.caller, form.engagement, request)
    except Conflict:
        stored = web.ports.state.get(Grant, form.engagement, form.member)
        if stored is None or not is_as_requested(stored, form):
            raise
    return go_to(f"people/{form.member}")


@grant_access.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    names = parse_valid_fields(GrantForm, {name: typed.get(name, "") for name in _NAMES})
    if len(names) < len(_NAMES):
        return _ask_for_names(web, typed, names)
    engagement = find_engagement(web.ports, names["engagement"])
    member = find_member(web.ports, names["member"])
    stored = web.ports.state.get(Grant, engagement.id, member.id)
    has_grant = stored is not None and stored.is_current_or_upcoming(web.now)
    return ActionPage(
        target=display(member),
        effect=_describe_effect(member, engagement),
        fields=(
            hidden("engagement", engagement.id),
            hidden("member", member.id),
            *build_role_fields(web, engagement.id, typed, None),
            *build_time_fields(typed, None, engagement.ends_at),
        ),
        warning=_find_warning(member, engagement, web.now)
        or ("They have a grant here already. Change that one." if has_grant else ""),
    )


def _ask_for_names(web: WebRequest, typed: Typed, valid: Mapping[str, str]) -> ActionPage:
    """Return a page that asks for the engagement and the member first: the form's roles are those
    of the engagement."""
    state = web.ports.state
    engagements: tuple[Engagement, ...] = ()
    members: tuple[Member, ...] = ()
    if "engagement" not in valid:
        engagements = state.list_without_stops(Engagement, limit=MAX_SUGGESTIONS).items
    if "member" not in valid:
        members = state.list_without_stops(Member, limit=MAX_SUGGESTIONS).items
    options = {
        "member": tuple((each.id, each.name) for each in members if each.suspended_at is None),
        "engagement": tuple(
            (each.id, each.client) for each in engagements if not each.is_over(web.now)
        ),
    }
    fields = (
        build_field(name, name.capitalize(), value=typed.get(name, ""), options=options[name])
        for name in options
    )
    return choose_page(tuple(fields), next_page="the roles of the engagement")


@web_action(
    "change-grant",
    heading="Change the grant of",
    button="Change the grant",
    done="The grant is changed.",
    kinds=LEADS,
    action=Action.GRANT_CHANGE,
    form=GrantChangeForm,
    lets_in=True,
)
def change_grant(web: WebRequest, form: GrantChangeForm) -> ActionResult:
    """Change the grant to the form's. Change nothing if it is so already. Raise Conflict if the
    grant has changed since the page was shown."""
    stored = grants.find_grant(web.ports, form.engagement, form.member)
    if is_as_requested(stored, form):
        return go_to(f"people/{form.member}")
    if str(stored.version) != form.version:
        raise Conflict(Reason.CHANGED_MEANWHILE, _CHANGED)
    conditions = form.read_roles()
    change = ChangeGrant(
        roles=conditions.roles,
        on_request=conditions.on_request,
        emergency=conditions.emergency,
        starts_at=find_new_time(form.starts_at, stored.starts_at),
        ends_at=find_new_time(form.ends_at, stored.ends_at),
    )
    grants.change_grant(web.ports, web.caller, form.engagement, form.member, change)
    return go_to(f"people/{form.member}")


@change_grant.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    names = parse_valid_fields(GrantForm, {name: typed.get(name, "") for name in _NAMES})
    if len(names) < len(_NAMES):
        raise NotFound(Reason.NO_SUCH_GRANT)
    engagement = find_engagement(web.ports, names["engagement"])
    member = find_member(web.ports, names["member"])
    stored = grants.find_grant(web.ports, engagement.id, member.id)
    # After a conflict, show the grant as it is now.
    is_stale = typed.get("version", str(stored.version)) != str(stored.version)
    shown: Typed = {} if is_stale else typed
    return ActionPage(
        target=display(member),
        effect=(
            *_describe_effect(member, engagement),
            (
                "Sessions that they have work until their time is up, also of a role that you take"
                " away. A role that you take away and give back needs a new request."
            ),
        ),
        fields=(
            hidden("engagement", engagement.id),
            hidden("member", member.id),
            hidden("version", str(stored.version)),
            *build_role_fields(web, engagement.id, shown, stored),
            *build_time_fields(shown, stored, stored.ends_at),
        ),
        warning=_find_warning(member, engagement, web.now)
        or ("This grant is revoked. Grant access anew." if stored.revoked_at else ""),
    )


def _describe_effect(member: Member, engagement: Engagement) -> tuple[str, ...]:
    account = f"{engagement.id} (\u2068{engagement.client}\u2069, {engagement.account_id})"
    return (
        (
            f"{display(member)} can get sessions of the roles that you tick in {account}, until the"
            " end below."
        ),
        *(
            ("The client lets no one in without its own approval, whatever you tick.",)
            if engagement.requires_client_approval
            else ()
        ),
    )


def _find_warning(member: Member, engagement: Engagement, now: datetime) -> str:
    if engagement.is_over(now):
        return "This engagement is over. The grant opens nothing until it is reopened."
    if member.suspended_at is not None:
        return "This member is suspended. The grant opens nothing until they are reinstated."
    return ""
