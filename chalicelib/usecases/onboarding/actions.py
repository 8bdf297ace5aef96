"""The actions that the client has a part in: open or renew an engagement, replace its external ID,
and revoke a link to the client's page."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import Engagement, normalise_client_name
from chalicelib.domain.moments import utc_text
from chalicelib.domain.onboarding.requests import GrantsToRenew, RenewEngagement
from chalicelib.domain.people.members import Caller
from chalicelib.domain.text import isolate
from chalicelib.domain.trail import Action
from chalicelib.usecases.actions import Draft, Effect, LeadAction
from chalicelib.usecases.engagements.actions import AGENTS, CUT_OFFS
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.onboarding.links import find_link, revoke_link
from chalicelib.usecases.onboarding.renew import renew_engagement
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.verify import begin_rotation

_GRANTS = {
    None: (
        "Grants with the same end date as the engagement get the new end date too, unless you"
        " choose otherwise. Check that each member still needs access."
    ),
    GrantsToRenew.ENDED_WITH_IT: (
        "Grants with the same end date as the engagement get the new end date too. Check that"
        " each member still needs access."
    ),
    GrantsToRenew.NAMED: "The grants that you name get the new end date too.",
    GrantsToRenew.NONE: "Grants keep their end dates.",
}


def _describe_opening(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    client = f"{isolate(draft.client)}, AWS account {draft.account_id}"
    return Effect(
        (
            *((f"The client is {client}.",) if draft.client and draft.account_id else ()),
            (
                "Daypass creates the engagement and its roles, with a random external ID that no"
                " other engagement has ever had."
            ),
            (
                "Daypass shows the link to the client’s page only once. The link works for 14"
                " days. Send it to the client’s administrator, who uses the page to create and"
                " check the roles."
            ),
            *((AGENTS[draft.agents],) if draft.agents is not None else ()),
            *((CUT_OFFS[draft.cut_off],) if draft.cut_off is not None else ()),
            (
                "No one can get sessions until a role has passed a check and a lead has granted"
                " access."
            ),
        ),
        warning=_warn_of_other_client(ports, draft),
    )


def _warn_of_other_client(ports: Ports, draft: Draft) -> str:
    """Return a warning if another client has an engagement with this AWS account, because the lead
    may have copied that client's account ID. Return empty text if no other client has one."""
    if not draft.account_id or not draft.client:
        return ""
    client = normalise_client_name(draft.client)
    others = [
        f"{each.id} ({isolate(each.client)})"
        for each in list_all(ports.state, Engagement)
        if each.account_id == draft.account_id and normalise_client_name(each.client) != client
    ]
    if not others:
        return ""
    return (
        f"Another client already has an engagement with AWS account {draft.account_id}:"
        f" {', '.join(others)}. Check the account ID."
    )


def _describe_renewal(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    current = find_engagement(ports, draft.engagement)
    end = utc_text(draft.ends_at) if draft.ends_at else "the end date that you choose"
    over = " Members with a grant can get sessions again." if current.ends_at <= ports.now() else ""
    return Effect(
        (
            f"The end date of {current.id} moves from {utc_text(current.ends_at)} to {end}.{over}",
            _GRANTS[draft.grants],
            (
                "The client must update the end date in the trust policies. Otherwise, AWS"
                " refuses new sessions after the old end date."
            ),
        ),
        version=current.version,
    )


def _describe_rotation(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    current = find_engagement(ports, draft.engagement)
    return Effect(
        (
            (
                f"Daypass generates the next external ID for {current.id}. New sessions still use"
                " the current ID, so nothing stops working."
            ),
            (
                "The client adds the next ID to the trust policy of each role, and runs a check"
                " on the client’s page. When every role in use accepts the next ID, it becomes"
                " the current ID."
            ),
            (
                "Then the client removes the old ID, and another check confirms that no role"
                " accepts it."
            ),
        ),
        warning="A rotation is already in progress. It completes when the roles pass their checks."
        if current.is_rotating
        else "",
    )


def _describe_revoked_link(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    link = find_link(ports, draft.engagement, draft.link)
    client = isolate(find_engagement(ports, link.engagement).client)
    return Effect(
        (
            (
                f"The link {link.id} to the page of {client} stops working immediately. Other"
                " links keep working."
            ),
            (
                "No one’s access to AWS changes. If someone paused the engagement with this link,"
                " it stays paused."
            ),
        )
    )


OPEN = LeadAction(
    name="open-engagement",
    heading="Open an engagement",
    action=Action.ENGAGEMENT_CREATE,
    done="The engagement is open.",
    describe=_describe_opening,
)
RENEW = LeadAction(
    name="renew-engagement",
    route="/v1/engagements/{engagement}/renew",
    heading="Renew an engagement",
    target="{engagement}",
    action=Action.ENGAGEMENT_RENEW,
    body=RenewEngagement,
    done="The engagement is renewed.",
    describe=_describe_renewal,
    perform=renew_engagement,
)
ROTATE = LeadAction(
    name="rotate-external-id",
    summary="Replace the external ID. The rotation ends when every role passes its checks",
    command="rotate ENGAGEMENT",
    route="/v1/engagements/{engagement}/rotate",
    heading="Replace an external ID",
    target="{engagement}",
    action=Action.EXTERNAL_ID_ROTATE,
    done="The rotation has started. The client’s page shows the next external ID.",
    describe=_describe_rotation,
    perform=begin_rotation,
)
REVOKE_LINK = LeadAction(
    name="revoke-link",
    summary="Revoke a link to the client's page",
    route="/v1/engagements/{engagement}/links/{link}/revoke",
    heading="Revoke a link to the client’s page",
    target="{link} of {engagement}",
    action=Action.LINK_REVOKE,
    done="The link has been revoked and no longer works.",
    is_stop=True,
    has_simple_form=False,
    describe=_describe_revoked_link,
    perform=revoke_link,
)
ACTIONS = (OPEN, RENEW, ROTATE, REVOKE_LINK)
