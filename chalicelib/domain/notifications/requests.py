"""Build the messages about access requests, emergencies and their rules."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.notifications.message import ROUTINE, Message, Rule
from chalicelib.domain.trail import Action, Entry


def _announce_request(entry: Entry) -> Message:
    """Return a message that a member asks for a role, and until when it waits."""
    return Message(
        "{member} asks for {role}",
        "{member} asks for {role}, {span}. It waits for {waiting_for} until {expires_at}.",
        values={"member": entry.subject or entry.actor},
    )


def _announce_approval(entry: Entry) -> Message:
    """Return a message that an approver approved a request, and whether that opened the access."""
    if entry.detail("waiting_for"):
        return Message(
            "{by} approved the request of {member} for {role}",
            "{by} approved it, and it still waits for {waiting_for} until {expires_at}.",
            mentions_member=True,
        )
    return Message(
        "The request of {member} for {role} is approved",
        "{by} approved it. The access is open {span}.",
        mentions_member=True,
    )


TABLE: Mapping[Action, Rule] = {
    Action.REQUEST_CREATE: _announce_request,
    Action.REQUEST_APPROVE: _announce_approval,
    Action.REQUEST_DENY: Message(
        "The request of {member} for {role} is denied",
        "{by} denied it. Nothing was opened.",
        mentions_member=True,
    ),
    Action.REQUEST_WITHDRAW: ROUTINE,
    Action.REQUEST_START: ROUTINE,
    Action.REQUEST_REVOKE: Message(
        "The access of {member} to {role} has ended",
        "{by} ended the access that the request {request} had opened. Sessions from before may live"
        " on until they expire or are cut off.",
        mentions_member=True,
    ),
    Action.EMERGENCY_BEGIN: Message(
        "{member} opened {role} in an emergency",
        "{by} opened {role} without an approval, {span}. A lead has to write the review: until then"
        " {by} can open no other.",
        ("emergency",),
    ),
    Action.EMERGENCY_REVIEW: Message(
        "The emergency of {member} in {engagement} is reviewed",
        "{by} wrote the review of the emergency {request}.",
    ),
    Action.APPROVAL_POLICY_CHANGE: Message(
        "The approvals for {engagement} have other rules",
        "{by} changed who approves requests in {engagement}, or within which limits.",
    ),
    Action.APPROVER_CREATE: Message(
        "{engagement} has a new approver or contact at the client",
        "{by} named {approver} as an approver or contact of the client of {engagement}. Daypass"
        " mails the link to them alone.",
    ),
    Action.APPROVER_REVOKE: Message(
        "An approver or contact of the client of {engagement} was removed",
        "{by} ended the right of {approver}.",
    ),
    Action.APPROVER_LINK_CREATE: ROUTINE,
    Action.CLIENT_APPROVAL_REQUIRE: Message(
        "The client of {engagement} lets no one in without its approval",
        "{by} requires an approval for all access to {engagement}, emergencies included.",
    ),
    Action.CLIENT_APPROVAL_LIFT: Message(
        "The client of {engagement} allows access without its approval again",
        "{by} no longer requires an approval for all access to {engagement}.",
    ),
}
