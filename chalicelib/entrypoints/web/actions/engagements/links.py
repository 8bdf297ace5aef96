"""The web console's actions on the links to a client's page."""

from __future__ import annotations

from msgspec import field

from chalicelib.domain.identifiers import EngagementId, LinkId
from chalicelib.domain.moments import Moment, format_sortable, rfc3339
from chalicelib.domain.onboarding.links import CreateLink, SetupLink
from chalicelib.domain.text import ReasonText
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.entrypoints.onboarding.engagements import with_url
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    go_to,
    show,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import build_field, hidden, reason_field, with_typed
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.onboarding import links


class LinkForm(Request, frozen=True, kw_only=True):
    """The form that creates a link to the client's page."""

    engagement: EngagementId
    shown_at: Moment
    """When the form was shown. A link that its sender has created since then came from it."""
    expires_at: Moment | None = None


@web_action(
    "create-link",
    heading="Create a link to the client’s page of",
    button="Create the link",
    done="The link is created.",
    kinds=LEADS,
    action=Action.LINK_CREATE,
    form=LinkForm,
    lets_in=True,
)
def create_link(web: WebRequest, form: LinkForm) -> ActionResult:
    """Create the link, and show its URL once. A form that is sent again creates no other link."""
    engagement = find_engagement(web.ports, form.engagement)
    url = ""
    if not _has_created_link_since(web, form):
        new = links.create_link(
            web.ports, web.caller, form.engagement, CreateLink(expires_at=form.expires_at)
        )
        url = with_url(new, web.base_url).url
    return show("web/engagements/link.html", title="Link", engagement=engagement, url=url)


def _has_created_link_since(web: WebRequest, form: LinkForm) -> bool:
    """Return whether the lead has created a link since the form was shown."""
    page = web.ports.state.list(
        SetupLink,
        engagement=form.engagement,
        cursor=format_sortable(form.shown_at),
        limit=50,
    )
    return any(link.created_by == web.caller.member.id for link in page.items)


@create_link.page
def show_create_link(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the exact effect."""
    engagement = find_engagement(web.ports, typed.get("engagement", ""))
    return ActionPage(
        target=engagement.id,
        effect=(
            (
                f"Daypass shows the URL of a new link to the page of {engagement.client}, once."
                " Anyone who has the URL sees how to create and check the roles, and can pause the"
                " firm’s access."
            ),
            "The link gives no access to AWS. Links that exist keep working.",
        ),
        fields=with_typed(
            typed,
            (
                hidden("engagement", engagement.id),
                hidden("shown_at", rfc3339(web.now)),
                build_field(
                    "expires_at",
                    "Expires",
                    "date-time",
                    required=False,
                    hint="Empty: in 14 days. At most in 90 days.",
                ),
            ),
        ),
    )


class RevokeLinkForm(Request, frozen=True, kw_only=True):
    """The form that revokes a link to the client's page."""

    engagement: EngagementId
    link: LinkId
    why: ReasonText = field(name="reason")


@web_action(
    "revoke-link",
    heading="Revoke a link to the client’s page of",
    button="Revoke the link",
    done="The link is revoked. It opens nothing from now on.",
    kinds=LEADS,
    action=Action.LINK_REVOKE,
    form=RevokeLinkForm,
    is_stop=True,
)
def revoke_link(web: WebRequest, form: RevokeLinkForm) -> ActionResult:
    """Revoke the link. Revoking it again changes nothing."""
    links.revoke_link(web.ports, web.caller, form.engagement, form.link, why=form.why)
    return go_to(f"engagements/{form.engagement}/client")


@revoke_link.page
def show_revoke_link(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the exact effect."""
    engagement = find_engagement(web.ports, typed.get("engagement", ""))
    link = typed.get("link", "")
    return ActionPage(
        target=engagement.id,
        effect=(
            (
                f"The link {link} to the page of {engagement.client} opens nothing from now on."
                " Other links keep working."
            ),
            "No one’s access to AWS changes, and a pause that was begun with it stays.",
        ),
        fields=with_typed(
            typed,
            (
                hidden("engagement", engagement.id),
                hidden("link", link),
                reason_field(),
            ),
        ),
    )
