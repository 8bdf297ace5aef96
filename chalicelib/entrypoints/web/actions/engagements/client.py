"""The web console's actions on the client's people: the links to their page, their approvers, and
their approval of all access."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.engagements.client_approvers import ApproverId, ClientApprover, NameApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import Conflict, Reason
from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.moments import Moment, format_sortable, rfc3339
from chalicelib.domain.onboarding.links import CreateLink, SetupLink
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.session_states import describe_sessions
from chalicelib.domain.vending.stops.results import select_client_steps
from chalicelib.entrypoints.http.routing import EngagementPath, LinkPath
from chalicelib.entrypoints.onboarding.engagements import with_url
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
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.onboarding import links
from chalicelib.usecases.requests.actions import ACTIONS as LEAD_ACTIONS
from chalicelib.usecases.requests.client import approvers

_APPROVALS = "engagements/{engagement}/approvals"


class LinkForm(EngagementPath):
    """The form that creates a link to the client's page."""

    shown_at: Moment
    """When the form was shown. A link that its sender has created since then came from it."""
    expires_at: Moment | None = None


def _create_link(web: WebRequest, form: LinkForm) -> ActionResult:
    """Create the link, and show its URL once. A form that is sent again creates no other link."""
    engagement = find_engagement(web.ports, form.engagement)
    # Links are listed by their creation. If this member has made one since the form was shown, the
    # form was sent before. Nobody makes 50 links in that time.
    since = format_sortable(form.shown_at)
    page = web.ports.state.list(SetupLink, engagement=engagement.id, cursor=since, limit=50)
    url = ""
    if all(link.created_by != web.caller.member.id for link in page.items):
        request = CreateLink(expires_at=form.expires_at)
        new = links.create_link(web.ports, web.caller, engagement.id, request)
        url = with_url(new, web.base_url).url
    title = f"Link to the client’s page of {engagement.id}"
    return show("web/engagements/link.html", title=title, engagement=engagement, url=url)


@web_action(
    "create-link",
    "Create a link to the client’s page of",
    "Create the link",
    "The link is created.",
    Action.LINK_CREATE,
    LinkForm,
    perform=_create_link,
    grants_access=True,
    labels={"expires_at": ("Expires", "At most 90 days from now. Leave empty for 14 days.")},
    then="engagements/{engagement}/client",
)
def _(web: WebRequest, engagement: Engagement) -> ActionPage:
    return ActionPage(
        effect=(
            (
                f"Daypass shows the URL of a new link to the page of {engagement.client}, once."
                " Anyone who has the URL sees how to create and check the roles and who used"
                " them, and can pause the firm’s access."
            ),
            "The link gives no access to AWS. Existing links keep working.",
        ),
        stored={"shown_at": rfc3339(web.now)},
    )


lead_action(
    LEAD_ACTIONS["revoke-link"],
    with_reason(LinkPath),
    find=lambda _web, **_names: None,
    then="engagements/{engagement}/client",
)(lambda _web, _: ActionPage())


class NameApproverForm(NameApprover):
    """The form that names an approver or a contact at the client."""

    engagement: EngagementId


def _name_approver(web: WebRequest, form: NameApproverForm) -> None:
    """Name the person. A form that is sent again changes nothing."""
    person = pick_fields(NameApprover, form)
    try:
        approvers.name_approver(
            web.ports, web.caller, form.engagement, person, api_url=web.base_url
        )
    except Conflict as error:
        stored = _find_approver(web, form.engagement, form.id)
        if error.reason is not Reason.ALREADY_EXISTS or pick_fields(NameApprover, stored) != person:
            raise


@web_action(
    "name-approver",
    "Name an approver of",
    "Name this person",
    "The approver is named.",
    Action.APPROVER_CREATE,
    NameApproverForm,
    perform=_name_approver,
    grants_access=True,
    labels={
        "id": ("ID", "For example, jo. Use a-z, 0-9 and hyphens."),
        "name": "Name",
        "email": ("E-mail address", "The person’s own address, not a mailing list."),
        "is_contact": "Only a contact, who cannot decide",
    },
    then=_APPROVALS,
)
def _(_: WebRequest, engagement: Engagement) -> ActionPage:
    return ActionPage(
        effect=(
            (
                "Daypass mails this person a link to a page of their own, on which they approve and"
                f" deny requests for {engagement.id}. No one at the firm sees the link."
            ),
            "An approver can also require the client’s approval for all access.",
            "A contact gets no link, and is only notified of requests and decisions.",
        ),
    )


class ApproverPath(EngagementPath):
    approver: ApproverId


class ApproverForm(ApproverPath):
    """The form that mails a new link to an approver."""

    version: int
    """The version of the approver that the form showed. A mail makes a new one."""


def _find_approver(web: WebRequest, engagement: str, approver: str) -> ClientApprover:
    return approvers.find_approver(web.ports, engagement, approver)


def _mail_link(web: WebRequest, form: ApproverForm) -> None:
    """Have Daypass mail the link. A form that is sent again mails no other link. Raise NotFound if
    the approver was revoked meanwhile: then Daypass mails none."""
    current = approvers.find_approver(web.ports, form.engagement, form.approver)
    if current.version == form.version or not current.may_approve:
        names = form.engagement, form.approver
        approvers.request_link(web.ports, web.caller, *names, api_url=web.base_url)


@web_action(
    "mail-approver-link",
    "Mail a new link to",
    "Mail a new link",
    "Daypass mails a new link now.",
    Action.APPROVER_LINK_CREATE,
    ApproverForm,
    perform=_mail_link,
    find=_find_approver,
    grants_access=True,
    then=_APPROVALS,
)
def _(_: WebRequest, person: ClientApprover) -> ActionPage:
    return ActionPage(
        target=f"{person.name} ({person.engagement})",
        effect=(
            (
                f"Daypass mails a new link to {person.name}, at {person.email}. The link works for"
                " 30 days."
            ),
            "Links that were mailed earlier keep working. To end them, revoke the approver.",
        ),
        stored={"version": person.version},
    )


def _revoke_approver(web: WebRequest, form: Any) -> ActionResult:
    """Revoke the person's right to approve requests for the client, or to be notified of them. Show
    the sessions that may outlive it. Doing it again changes nothing."""
    revoked = approvers.revoke_approver(
        web.ports, web.caller, form.engagement, form.approver, why=form.reason
    )
    return show(
        "web/engagements/approver_revoked.html",
        title=f"{revoked.approver.name} is revoked",
        approver=revoked.approver,
        ended=revoked.ended,
        states=describe_sessions(revoked.ended.sessions, stored=()),  # no cut-offs are read here
        steps=select_client_steps(revoked.ended.cut_offs),
    )


lead_action(
    LEAD_ACTIONS["revoke-approver"],
    with_reason(ApproverPath),
    perform=_revoke_approver,
    find=lambda _web, **_names: None,
    then=_APPROVALS,
)(lambda _web, _: ActionPage())
