"""Invite people, change them, and make and revoke their enrolment codes."""

from __future__ import annotations

from chalicelib.domain.identifiers import MEMBER_ID_MAX
from chalicelib.domain.moments import Moment, utc_text
from chalicelib.domain.people.enrolments import CreateEnrolment
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind, Member
from chalicelib.domain.text import PersonName
from chalicelib.domain.trail import Action
from chalicelib.domain.values import SeenVersion
from chalicelib.entrypoints.http.routing import MemberPath
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    lead_action,
    pick_fields,
    show,
    web_action,
    with_reason,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.people import actions, members
from chalicelib.usecases.people.members import NewEnrolment, find_member

INSTALL = """\
mkdir -p ~/.local/bin && (
    cd ~/.local/bin && curl -fsSO -H 'Accept: application/zip' "$DAYPASS/cli" &&
        curl -fsS "$DAYPASS/cli.sha256" | sha256sum -c && chmod 755 cli && mv cli daypass
)"""
"""The commands that install `daypass`. `$DAYPASS` is the API's URL."""


def _invite(web: WebRequest, form: CreateMember) -> ActionResult | None:
    """Create a member, and show their enrolment code once. A machine has none."""
    new = members.create_member(web.ports, web.caller, form)
    return _show_code(web, new.member, new.enrolment) if new.enrolment else None


def _show_code(web: WebRequest, member: Member, new: NewEnrolment) -> ActionResult:
    """Return the page that shows the new code, with the message to send."""
    return show(
        "web/people/enrolment_code.html",
        title=f"Enrolment code for {member.display_name}",
        member=member,
        enrolment=new.enrolment,
        message=_build_invitation(web.base_url, new),
        code=new.code,
    )


def _build_invitation(base_url: str, new: NewEnrolment) -> str:
    """Return the message with which the person enrols, to be sent to them alone."""
    install = INSTALL.replace("$DAYPASS", base_url)
    return f"""\
Use this code to sign in to Daypass, which the firm uses to access clients' AWS accounts.
The code is for you alone, and works once, until {utc_text(new.enrolment.expires_at)}.

1. If you have no daypass command yet, install it:

{install}

   On macOS, type shasum -a 256 -c in place of sha256sum -c.
2. Type in a terminal: daypass login {base_url}
3. Paste this code when the command asks for it: {new.code}"""


@lead_action(
    actions.INVITE,
    CreateMember,
    perform=_invite,
    labels={
        "id": (
            "ID",
            (
                f"2 to {MEMBER_ID_MAX} characters of a-z, 0-9 and single hyphens, such as bob."
                " Capital letters become lower case. It is the person's name in clients'"
                " CloudTrail, and never changes."
            ),
        )
    },
)
def _(_web: WebRequest, _: None) -> ActionPage:
    return ActionPage()


class MemberChangeForm(MemberPath):
    version: SeenVersion | None = None
    name: PersonName
    kind: Kind


@lead_action(
    actions.CHANGE,
    MemberChangeForm,
    change=ChangeMember,
)
def _(_: WebRequest, member: Member) -> ActionPage:
    return ActionPage(stored=member)


class EnrolmentForm(MemberPath):
    """A form for a new enrolment code."""

    version: SeenVersion | None = None
    expires_at: Moment | None = None


def _create_enrolment(web: WebRequest, form: EnrolmentForm) -> ActionResult:
    """Create an enrolment code in place of the one that the page showed, and show it once."""
    request = pick_fields(CreateEnrolment, form)
    new = members.create_enrolment(web.ports, web.caller, form.member, request)
    return _show_code(web, find_member(web.ports, form.member), new)


@lead_action(
    actions.NEW_CODE,
    EnrolmentForm,
    perform=_create_enrolment,
    labels={
        "expires_at": ("Valid until", "10 minutes to 7 days from now. Leave empty for 24 hours.")
    },
)
def _(_: WebRequest, _member: Member) -> ActionPage:
    return ActionPage()


@web_action(
    "revoke-enrolment",
    "Revoke the enrolment code of",
    "Revoke the code",
    "The enrolment code is revoked.",
    Action.ENROLMENT_REVOKE,
    with_reason(MemberPath),
    members.revoke_enrolment,
    is_stop=True,
    then="people/{member}#code",
)
def _(web: WebRequest, member: Member) -> ActionPage:
    code = members.find_enrolment(web.ports, member.id)
    return ActionPage(
        target=member.display_name,
        effect=(
            (
                f"The code that was created on {utc_text(code.created_at)} can no longer be"
                " exchanged for a token."
            ),
            "The member’s existing tokens and sessions keep working.",
        ),
        warning="This code was used. Revoke the token that came from it." if code.used_at else "",
    )
