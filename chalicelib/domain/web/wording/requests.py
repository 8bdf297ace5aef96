"""The sentences about access requests, emergencies, and the rules of who approves."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.trail import Action
from chalicelib.domain.web.wording.rows import Wording

_REQUEST = "[request| (request {request})]"
_DECIDER = "[approver|The client's approver {approver}][!approver|{by}]"

SENTENCES: Mapping[Action, Wording] = {
    Action.REQUEST_CREATE: Wording(
        doing="request access to {target}",
        done="{by} requested access to {target}[ {span}]."
        "[waiting_for| The request waited for {waiting_for}.][ticket| The ticket is {ticket}.]"
        "[caller=agent| A program that works for {actor} by itself sent it.]"
        "[request| Its ID is {request}.]",
    ),
    Action.REQUEST_APPROVE: Wording(
        doing=f"approve a request for access{_REQUEST}",
        done=f"{_DECIDER} approved {{owner}} request for {{target}}[!waiting_for|. It gives access"
        " {span}][waiting_for|. It still waited for {waiting_for}].[request| Its ID is {request}.]",
    ),
    Action.REQUEST_DENY: Wording(
        doing=f"deny a request for access{_REQUEST}",
        done=f"{_DECIDER} denied {{owner}} request for {{target}}.[request| Its ID is"
        f" {{request}}.]",
    ),
    Action.REQUEST_WITHDRAW: Wording(
        doing=f"withdraw a request for access{_REQUEST}",
        done="{by} withdrew their request for {target}.[request| Its ID is {request}.]",
    ),
    Action.REQUEST_START: Wording(
        doing=f"start approved access{_REQUEST}",
        done="{by} started approved access to {target}[, until {ends_at:time}]."
        "[request| The request's ID is {request}.]",
    ),
    Action.REQUEST_REVOKE: Wording(
        doing=f"end the access that a request opened{_REQUEST}",
        done="{by} ended {owner} access to {target}, which a request or an emergency had opened."
        "[because=approver-revoked| {approver}, who had approved it, was suspended or removed.]"
        "[request| Its ID is {request}.]",
    ),
    Action.EMERGENCY_BEGIN: Wording(
        doing="open {target} in an emergency",
        done="{by} opened {target} in an emergency, without an approval[, {span}]."
        "[request| Its ID is {request}.]",
    ),
    Action.EMERGENCY_REVIEW: Wording(
        doing=f"review an emergency{_REQUEST}",
        done="{by} reviewed the emergency of {member} in {target}.[request| Its ID is {request}.]",
    ),
    Action.APPROVAL_POLICY_CHANGE: Wording(
        doing="change who approves requests for {target}",
        done="{by} changed who approves requests for {target}, or within which limits"
        "[: {changes:whole}].",
    ),
    Action.APPROVER_CREATE: Wording(
        doing="name an approver or a contact at the client of {engagement}",
        done="{by} made {approver}[ ({name})] [is_contact=true|a contact][!is_contact|an approver]"
        "[is_contact=false|an approver] at the client of {engagement}[email|, who is reached at"
        " {email}].",
    ),
    Action.APPROVER_CONFIRM: Wording(
        doing="confirm an approver at the client of {engagement}",
        done="[by_approver|The client's approver {by_approver}] confirmed {approver} as an approver"
        " at the client of {engagement}.",
    ),
    Action.APPROVER_REVOKE: Wording(
        doing="end the right of an approver at the client of {engagement}",
        done="[by_approver|The client's approver {by_approver}][!by_approver|{by}] ended the right"
        " of {approver}[ ({name})] at the client of {engagement}.",
    ),
    Action.APPROVER_LINK_CREATE: Wording(
        doing="create a link for an approver at the client of {engagement}",
        done="{by} created a new link for {approver}, at the client of {engagement}, to be sent by"
        " e-mail.",
    ),
    Action.CLIENT_APPROVAL_REQUIRE: Wording(
        doing="require the client's approval for {engagement}",
        done=f"{_DECIDER} required the client's approval for all access to {{engagement}}.",
    ),
    Action.CLIENT_APPROVAL_LIFT: Wording(
        doing="lift the rule that all access to {engagement} needs the client's approval",
        done=f"{_DECIDER} lifted the rule that all access to {{engagement}} needs the client's"
        " approval.",
    ),
}
