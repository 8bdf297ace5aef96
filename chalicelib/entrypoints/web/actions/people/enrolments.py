"""Make and revoke enrolment codes."""

from __future__ import annotations

from chalicelib.domain.errors import Conflict
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.enrolments import CodeEnd, CreateEnrolment, Enrolment
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.requests import MemberPath
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    Widget,
    go_to,
    show,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import build_field, hidden, reason_field
from chalicelib.entrypoints.web.actions.people.forms import (
    display,
    find_typed_member,
)
from chalicelib.entrypoints.web.actions.reason_forms import MemberReasonForm
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.people import members
from chalicelib.usecases.people.members import NewEnrolment, find_member

_REPLACED = (
    "Someone has made a code for this member since you opened this page. A code is shown only once."
    " To replace that code, send the form again."
)


INSTALL = """\
mkdir -p ~/.local/bin && (
    cd ~/.local/bin && curl -fsSO -H 'Accept: application/zip' "$DAYPASS/cli" &&
        curl -fsS "$DAYPASS/cli.sha256" | sha256sum -c && chmod 755 cli && mv cli daypass
)"""
"""The commands that install `daypass`. `$DAYPASS` is the API's URL."""


class EnrolmentForm(MemberPath, frozen=True, kw_only=True):
    """A form for a new enrolment code. `replaces` is the ID of the code that the page showed."""

    replaces: str = ""
    expires_at: CodeEnd | None = None


@web_action(
    "create-enrolment",
    heading="New enrolment code for",
    button="Show a new code",
    done="",
    kinds=LEADS,
    action=Action.ENROLMENT_CREATE,
    form=EnrolmentForm,
    lets_in=True,
)
def create_enrolment(web: WebRequest, form: EnrolmentForm) -> ActionResult:
    """Create an enrolment code in place of the one that the page showed, and show it once.

    Raise Conflict if another has replaced that one since: a form that is sent twice must not make
    the code invalid that its first answer shows.
    """
    stored = web.ports.state.get(Enrolment, form.member)
    if stored is not None and stored.id != form.replaces:
        raise Conflict(Reason.CHANGED_MEANWHILE, _REPLACED)
    new = members.create_enrolment(
        web.ports, web.caller, form.member, CreateEnrolment(expires_at=form.expires_at)
    )
    return show_code(web, find_member(web.ports, form.member), new)


@create_enrolment.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    member = find_typed_member(web, typed)
    stored = web.ports.state.get(Enrolment, member.id)
    is_open = stored is not None and stored.is_valid(web.now)
    effect = "Only the next page shows the code. It works once, and lets its holder act as this"
    replaced = (
        (f"It replaces the code of {utc_text(stored.created_at)}, which no longer works then.",)
        if stored is not None and is_open
        else ()
    )
    return ActionPage(
        target=display(member),
        effect=(f"{effect} {member.kind.value}.", *replaced, "Their other tokens keep working."),
        fields=(
            hidden("member", member.id),
            hidden("replaces", stored.id if stored is not None else ""),
            build_field(
                "expires_at",
                "Valid until",
                Widget.DATE_TIME,
                value=typed.get("expires_at", ""),
                hint="In 10 minutes to 7 days. Without a time: in 24 hours.",
                required=False,
            ),
        ),
        warning="This member is suspended. Reinstate them first." if member.suspended_at else "",
    )


def show_code(web: WebRequest, member: Member, new: NewEnrolment) -> ActionResult:
    """Return the page that shows the new code, with the message to send."""
    return show(
        "web/people/enrolment_code.html",
        title=f"Enrolment code for {display(member)}",
        member=member,
        enrolment=new.enrolment,
        message=build_invitation(web.base_url, new),
        code=new.code,
    )


def build_invitation(base_url: str, new: NewEnrolment) -> str:
    """Return the message with which the person enrols, to be sent to them alone."""
    return "\n".join(
        (
            "This lets you into Daypass, the firm's way into clients' AWS accounts.",
            f"It is for you alone, and works once, until {utc_text(new.enrolment.expires_at)}.",
            "",
            "1. If you have no daypass command yet, install it:",
            "",
            INSTALL.replace("$DAYPASS", base_url),
            "",
            "   On macOS, type shasum -a 256 -c in place of sha256sum -c.",
            f"2. Type in a terminal: daypass login {base_url}",
            f"3. Paste this code when it asks: {new.code}",
        )
    )


@web_action(
    "revoke-enrolment",
    heading="Revoke the enrolment code of",
    button="Revoke the code",
    done="The enrolment code is revoked.",
    kinds=LEADS,
    action=Action.ENROLMENT_REVOKE,
    form=MemberReasonForm,
    is_stop=True,
)
def revoke_enrolment(web: WebRequest, form: MemberReasonForm) -> ActionResult:
    """Revoke the member's enrolment code. Revoking it again changes nothing."""
    members.revoke_enrolment(web.ports, web.caller, form.member, why=form.reason)
    return go_to(f"people/{form.member}#code")


@revoke_enrolment.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    member = find_typed_member(web, typed)
    code = members.find_enrolment(web.ports, member.id)
    return ActionPage(
        target=display(member),
        effect=(
            f"The code of {utc_text(code.created_at)} can no longer be exchanged for a token.",
            "Tokens and sessions that the member has already keep working.",
        ),
        fields=(
            hidden("member", member.id),
            reason_field(typed.get("reason", ""), hint="The trail keeps it."),
        ),
        warning="This code was used. Revoke the token that came from it." if code.used_at else "",
    )
