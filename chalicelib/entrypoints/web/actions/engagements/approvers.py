"""The web console's actions on the client's approvers, and on the client's approval."""

from __future__ import annotations

from msgspec import field

from chalicelib.domain.engagements.client_approvers import ApproverId, ClientApprover, NameApprover
from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.text import ReasonText
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.domain.vending.session_states import describe_sessions
from chalicelib.domain.vending.stops.results import select_client_steps
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    go_to,
    show,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import (
    build_field,
    checkbox,
    hidden,
    reason_field,
    with_typed,
)
from chalicelib.entrypoints.web.actions.reason_forms import EngagementReasonForm
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.requests.client import approvers, requirement


class NameApproverForm(NameApprover, frozen=True, kw_only=True):
    """The form that names an approver or a contact at the client."""

    engagement: EngagementId


@web_action(
    "name-approver",
    heading="Name an approver of",
    button="Name this person",
    done="The person is named.",
    kinds=LEADS,
    action=Action.APPROVER_CREATE,
    form=NameApproverForm,
    lets_in=True,
)
def name_approver(web: WebRequest, form: NameApproverForm) -> ActionResult:
    """Name the person. A form that is sent again names no one else."""
    person = NameApprover(**{name: getattr(form, name) for name in NameApprover.__struct_fields__})
    earlier = web.ports.state.get(ClientApprover, form.engagement, form.id)
    is_same = (
        earlier is not None
        and earlier.is_active
        and (
            (earlier.name, earlier.email, earlier.is_contact)
            == (form.name, form.email, form.is_contact)
        )
    )
    if not is_same:
        approvers.name_approver(
            web.ports, web.caller, form.engagement, person, api_url=web.base_url
        )
    return go_to(f"engagements/{form.engagement}/approvals")


@name_approver.page
def show_name_approver(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the exact effect."""
    engagement = find_engagement(web.ports, typed.get("engagement", ""))
    return ActionPage(
        target=engagement.id,
        effect=(
            (
                "Daypass mails this person a link to a page of their own, on which they approve"
                f" and deny requests for {engagement.id}. No one at the firm sees the link."
            ),
            "An approver can also require the client’s approval for all access.",
            "A contact gets no link, and only hears of requests and decisions.",
        ),
        fields=with_typed(
            typed,
            (
                hidden("engagement", engagement.id),
                build_field("id", "ID", hint="Such as jo: a-z, 0-9 and hyphens."),
                build_field("name", "Name"),
                build_field("email", "E-mail address", hint="The person’s own, not a list’s."),
                checkbox("is_contact", "Only a contact: decides nothing", is_set=False),
            ),
        ),
    )


class ApproverForm(Request, frozen=True, kw_only=True):
    """The form that mails a new link to an approver."""

    engagement: EngagementId
    approver: ApproverId
    version: int
    """The version of the approver that the form showed. A mail makes a new one."""


@web_action(
    "mail-approver-link",
    heading="Mail a new link to",
    button="Mail a new link",
    done="Daypass mails a new link now.",
    kinds=LEADS,
    action=Action.APPROVER_LINK_CREATE,
    form=ApproverForm,
    lets_in=True,
)
def mail_approver_link(web: WebRequest, form: ApproverForm) -> ActionResult:
    """Have Daypass mail the link. A form that is sent again mails no other link. Raise NotFound if
    the approver was revoked meanwhile: then Daypass mails none."""
    current = approvers.find_approver(web.ports, form.engagement, form.approver)
    if current.version == form.version or not current.may_approve:
        approvers.request_link(
            web.ports, web.caller, form.engagement, form.approver, api_url=web.base_url
        )
    return go_to(f"engagements/{form.engagement}/approvals")


@mail_approver_link.page
def show_mail_approver_link(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the exact effect."""
    person = approvers.find_approver(
        web.ports, typed.get("engagement", ""), typed.get("approver", "")
    )
    return ActionPage(
        target=f"{person.name} ({person.engagement})",
        effect=(
            (
                f"Daypass mails a new link to {person.email}, the address of {person.name}. It"
                " works for 30 days."
            ),
            "Links that were mailed earlier keep working. To end them, revoke the approver.",
        ),
        fields=with_typed(
            typed,
            (
                hidden("engagement", person.engagement),
                hidden("approver", person.id),
                hidden("version", str(person.version)),
            ),
        ),
    )


class RevokeApproverForm(Request, frozen=True, kw_only=True):
    """The form that revokes an approver or a contact."""

    engagement: EngagementId
    approver: ApproverId
    why: ReasonText = field(name="reason")


@web_action(
    "revoke-approver",
    heading="Revoke the approver",
    button="Revoke this person",
    done="The person’s right is revoked.",
    kinds=LEADS,
    action=Action.APPROVER_REVOKE,
    form=RevokeApproverForm,
    is_stop=True,
)
def revoke_approver(web: WebRequest, form: RevokeApproverForm) -> ActionResult:
    """Revoke the person's right, and show the sessions that may outlive it. Doing it again changes
    nothing."""
    revoked = approvers.revoke_approver(
        web.ports, web.caller, form.engagement, form.approver, why=form.why
    )
    return show(
        "web/engagements/approver_revoked.html",
        title="Revoked",
        approver=revoked.approver,
        ended=revoked.ended,
        states=describe_sessions(revoked.ended.sessions, ()),
        steps=select_client_steps(revoked.ended.cut_offs),
    )


@revoke_approver.page
def show_revoke_approver(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the exact effect."""
    person = approvers.find_approver(
        web.ports, typed.get("engagement", ""), typed.get("approver", "")
    )
    effect: tuple[str, ...] = (
        f"The links of {person.name} decide nothing from now on, and they approve nothing more.",
        (
            "The access that they approved ends, and new sessions under it stop. Live sessions"
            " run to their end, an hour at most, unless the client lets Daypass cut them off."
        ),
        "Their approvals of requests that still wait do not count any more.",
    )
    if person.is_contact:
        effect = (
            f"{person.name} hears of no new request or decision. A contact approves nothing.",
        )
    return ActionPage(
        heading="Revoke the contact" if person.is_contact else "",
        target=f"{person.name} ({person.engagement})",
        effect=effect,
        fields=with_typed(
            typed,
            (
                hidden("engagement", person.engagement),
                hidden("approver", person.id),
                reason_field(),
            ),
        ),
    )


@web_action(
    "require-client-approval",
    heading="Require the client’s approval for all access to",
    button="Require it",
    done="All access needs the client’s approval now.",
    kinds=LEADS,
    action=Action.CLIENT_APPROVAL_REQUIRE,
    form=EngagementReasonForm,
    is_stop=True,
)
def require_client_approval(web: WebRequest, form: EngagementReasonForm) -> ActionResult:
    """Require the client's approval. Requiring it again changes nothing."""
    requirement.require_client_approval(web.ports, web.caller, form.engagement, why=form.reason)
    return go_to(f"engagements/{form.engagement}/approvals")


@require_client_approval.page
def show_require_client_approval(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the exact effect."""
    engagement = find_engagement(web.ports, typed.get("engagement", ""))
    return ActionPage(
        target=engagement.id,
        effect=(
            (
                f"From now on no one gets access to {engagement.id} without the approval of the"
                " client’s approver, not even in an emergency."
            ),
            "Grants alone give no session any more. Live sessions run to their end.",
        ),
        fields=with_typed(typed, (hidden("engagement", engagement.id), reason_field())),
        warning="Only the client can lift this.",
    )
