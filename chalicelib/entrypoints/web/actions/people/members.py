"""Invite people, change them, and reinstate them."""

from __future__ import annotations

from chalicelib.domain.identifiers import MEMBER_ID_MAX, MemberId
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind
from chalicelib.domain.text import PersonName
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.requests import MemberPath
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    FormField,
    Typed,
    Widget,
    go_to,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import build_field, hidden
from chalicelib.entrypoints.web.actions.people.enrolments import show_code
from chalicelib.entrypoints.web.actions.people.forms import display, find_typed_member
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.people import members
from chalicelib.usecases.people.members import find_member

KINDS = (
    ("member", "Member: gets sessions through grants"),
    ("lead", "Lead: also manages everything, and reads the trail"),
    ("auditor", "Auditor: reads everything, and gets no sessions"),
)
KIND_EFFECTS = {
    Kind.MEMBER: "A member enters nothing until a lead grants them access.",
    Kind.LEAD: "A lead can let anyone in, themself too, and can suspend anyone. Every lead is"
    " notified.",
    Kind.AUDITOR: "An auditor can read everything, and gets no session.",
}


class InviteForm(Request, frozen=True, kw_only=True):
    """A form that creates a member."""

    id: MemberId
    name: PersonName
    kind: Kind


class MemberChangeForm(MemberPath, frozen=True, kw_only=True):
    name: PersonName
    kind: Kind


def _list_fields(typed: Typed, name: str, kind: Kind) -> tuple[FormField, ...]:
    """Return the fields for a member's name and kind."""
    return (
        build_field("name", "Name", value=typed.get("name", name)),
        build_field(
            "kind", "Kind", Widget.SELECT, value=typed.get("kind", kind.value), options=KINDS
        ),
    )


@web_action(
    "invite-member",
    heading="Invite someone",
    button="Create the member, and show the code",
    done="",
    kinds=LEADS,
    action=Action.MEMBER_CREATE,
    form=InviteForm,
    lets_in=True,
)
def invite_member(web: WebRequest, form: InviteForm) -> ActionResult:
    """Create a member, and show their enrolment code once."""
    request = CreateMember(id=form.id, name=form.name, kind=form.kind)
    new = members.create_member(web.ports, web.caller, request)
    return show_code(web, new.member, new.enrolment)


@invite_member.page
def _(_: WebRequest, typed: Typed) -> ActionPage:
    return ActionPage(
        effect=(
            (
                "Daypass creates the member with a one-time enrolment code, which only the next"
                " page shows. It works once, within 24 hours."
            ),
            *KIND_EFFECTS.values(),
        ),
        fields=(
            build_field(
                "id",
                "ID",
                value=typed.get("id", ""),
                hint=f"2 to {MEMBER_ID_MAX} characters of a-z, 0-9 and single hyphens, such as bob."
                " Capital letters become small ones. It is the person's name in clients'"
                " CloudTrail, and never changes.",
            ),
            *_list_fields(typed, "", Kind.MEMBER),
        ),
    )


@web_action(
    "change-member",
    heading="Change",
    button="Change",
    done="The member is changed.",
    kinds=LEADS,
    action=Action.MEMBER_CHANGE,
    form=MemberChangeForm,
    lets_in=True,
)
def change_member(web: WebRequest, form: MemberChangeForm) -> ActionResult:
    """Change the member's name or kind. Change nothing if they have both already."""
    stored = find_member(web.ports, form.member)
    change = ChangeMember(
        name=form.name if form.name != stored.name else None,
        kind=form.kind if form.kind is not stored.kind else None,
    )
    if change != ChangeMember():
        members.change_member(web.ports, web.caller, form.member, change)
    return go_to(f"people/{form.member}")


@change_member.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    member = find_typed_member(web, typed)
    losses = {
        Kind.LEAD: ("If they stop being a lead, the links and codes that they made end for good.",),
        Kind.MEMBER: ("As an auditor, they get no session any more, whatever their grants are.",),
        Kind.AUDITOR: (),
    }
    return ActionPage(
        target=display(member),
        effect=(
            *(text for kind, text in KIND_EFFECTS.items() if kind is not member.kind),
            *losses[member.kind],
            "Sessions that they have work until their time is up.",
        ),
        fields=(
            hidden("member", member.id),
            *_list_fields(typed, member.name, member.kind),
        ),
    )


@web_action(
    "reinstate-member",
    heading="Reinstate",
    button="Reinstate",
    done="The member is reinstated. They need a new enrolment code.",
    kinds=LEADS,
    action=Action.MEMBER_REINSTATE,
    form=MemberPath,
    lets_in=True,
)
def reinstate_member(web: WebRequest, form: MemberPath) -> ActionResult:
    """Reinstate the member. Change nothing if they are not suspended."""
    if find_member(web.ports, form.member).suspended_at is not None:
        members.reinstate_member(web.ports, web.caller, form.member)
    return go_to(f"people/{form.member}")


@reinstate_member.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    member = find_typed_member(web, typed)
    is_lead = member.kind is Kind.LEAD
    return ActionPage(
        target=display(member),
        effect=(
            "Their grants that have not ended or been revoked count again.",
            (
                "Their tokens, identities, Slack user and codes stay invalid. To sign in, they need"
                " a new enrolment code."
            ),
            *((f"They are a lead again. {KIND_EFFECTS[Kind.LEAD]}",) if is_lead else ()),
        ),
        fields=(hidden("member", member.id),),
        warning="" if member.suspended_at else "This member is not suspended.",
    )
