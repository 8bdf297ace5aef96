"""The events of access requests, emergencies, and the rules of who approves."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chalicelib.domain.evidence.events import Event, Facts, MemberNotice, Notice, Table, Text
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action

_TRUE = "true"
"""The trail holds a boolean detail as this text, or has no such detail."""


def _is_less(new: str, former: str) -> bool:
    """Return whether a number has become less. An empty text is not a number."""
    return new.isdigit() and former.isdigit() and int(new) < int(former)


def _was_true(_: str, former: str) -> bool:
    """Return whether a changed field was true, and so is false now."""
    return former == _TRUE


_RELAXATIONS: Mapping[str, Callable[[str, str], bool]] = {
    "people": _is_less,
    "client": _was_true,
    "leads": lambda new, _: new == _TRUE,
    "members": lambda new, former: bool(set(new.split()) - set(former.split())),
    "sensitive": _was_true,
    "longest": lambda new, former: _is_less(former, new),
    "notify_client_of_emergencies": _was_true,
    "ticket_pattern": lambda new, former: bool(former and not new),
}
"""For each field of an approval policy: whether the change from its former value makes an approval
easier to get, or harder to notice. A malicious lead would do that quietly."""


def _is_relaxed(e: Facts) -> bool:
    """Return whether the change of an approval policy relaxes it."""
    values = ((e.record.detail(name), e.record.detail(f"former_{name}")) for name in _RELAXATIONS)
    pairs = zip(_RELAXATIONS.values(), values, strict=True)
    return any(new != former and relaxes(new, former) for relaxes, (new, former) in pairs)


def _about(doing: str, e: Facts) -> Text:
    """Return the operation with the ID of its request, if the entry has that."""
    return (doing, f" (request {e.request})")


def _id(e: Facts) -> str:
    """Return the passage with the request's ID."""
    return f" The request ID is {e.request}."


def _announce_limit(e: Facts) -> Notice | None:
    """Return the notice that a lead reached a limit of e-mails to the client, or None. It is sent
    once an hour, because the lead may go on trying."""
    if e.record.reason not in (Reason.TOO_MANY_LINKS, Reason.TOO_MANY_NAMED):
        return None
    return Notice(
        f"{e.by} reached the limit of e-mails to the client of {e.engagement}",
        f"Ask {e.by} why.",
        alerts="client-mails-limited",
        hourly_key=("client-mails", e.reason, e.engagement, e.record.actor),
    )


def _announce_approver(e: Facts) -> Notice:
    """Return the notice that a lead named an approver or a contact. Naming an approver raises an
    alert, because the lead chose the address, and anyone who reads that mailbox can approve
    access."""
    if e.is_contact == _TRUE:
        title = f"The client of {e.engagement} has a new contact"
        return Notice(title, "A contact is notified of requests, but cannot approve or deny them.")
    return Notice(
        f"The client of {e.engagement} has a new approver",
        f"Daypass e-mails a link to the address that {e.by} entered. Check that the address belongs"
        " to the client.",
        alerts="approvals-relaxed",
    )


TABLE: Table = {
    Action.REQUEST_CREATE: lambda e: Event(
        f"request access to {e.target}",
        (
            f"{e.by} requested access to {e.target}",
            f" {e.span}",
            ".",
            f" The request needs approval from {e.waiting_for}",
            e.waiting_for and f" by {e.expires_at:time}",
            e.waiting_for and ".",
            f" The ticket is {e.ticket}.",
            e.caller == "agent"
            and f" The request came from an agent, a program that acts for {e.actor} on its own.",
            _id(e),
        ),
        Notice(f"{e.member} requests access to {e.target}"),
    ),
    Action.REQUEST_APPROVE: lambda e: Event(
        _about("approve an access request", e),
        (
            f"{e.decider} approved {e.owner} request for {e.target}.",
            not e.waiting_for and f" The access lasts {e.span}.",
            f" The request still needs approval from {e.waiting_for}",
            e.waiting_for and f" by {e.expires_at:time}",
            e.waiting_for and ".",
            _id(e),
        ),
        MemberNotice(
            f"{e.member}'s request for {e.target} has one more approval"
            if e.waiting_for
            else f"{e.member}'s request for {e.target} was approved",
        ),
    ),
    Action.REQUEST_DENY: lambda e: Event(
        _about("deny an access request", e),
        (f"{e.decider} denied {e.owner} request for {e.target}.", _id(e)),
        MemberNotice(
            f"{e.member}'s request for {e.target} was denied",
            f"{e.member} can send a new request.",
        ),
    ),
    Action.REQUEST_WITHDRAW: lambda e: Event(
        _about("withdraw an access request", e),
        (f"{e.by} withdrew their request for {e.target}.", _id(e)),
    ),
    Action.REQUEST_START: lambda e: Event(
        _about("start approved access", e),
        (
            f"{e.by} started approved access to {e.target}",
            f". The access expires on {e.ends_at:time}",
            ".",
            _id(e),
        ),
    ),
    # Members end their own access as soon as they are done, and no one needs to hear of it.
    Action.REQUEST_REVOKE: lambda e: Event(
        _about("end access", e),
        (
            (
                f"{e.by} ended {e.owner} access to {e.target}, which an approved request or an"
                " emergency had opened."
            ),
            e.because == "approver-revoked"
            and f" {e.approver}, who had approved the access, was suspended or removed.",
            _id(e),
        ),
        MemberNotice(
            f"{e.member}'s access to {e.target} has ended",
            "Earlier sessions may remain active until they expire or are cut off.",
        )
        if e.subject
        else None,
    ),
    # If someone else has the member's token, the member learns of it.
    Action.EMERGENCY_BEGIN: lambda e: Event(
        f"use emergency access to {e.target}",
        (
            f"{e.by} used emergency access to {e.target} without an approval.",
            f" The access lasts {e.span}.",
            _id(e),
        ),
        MemberNotice(
            f"{e.member} used emergency access to {e.target}",
            f"Ask {e.by} why. {e.by} cannot use emergency access again until a lead has"
            " confirmed this emergency.",
            alerts="emergency",
        ),
    ),
    Action.EMERGENCY_CONFIRM: lambda e: Event(
        _about("confirm an emergency", e),
        (f"{e.by} confirmed {e.member}'s emergency access to {e.target}.", _id(e)),
        MemberNotice(
            f"A lead confirmed {e.member}'s emergency in {e.engagement}",
            f"{e.member} can use emergency access again.",
        ),
    ),
    Action.APPROVAL_POLICY_CHANGE: lambda e: Event(
        f"change the approval policy of {e.target}",
        (
            f"{e.by} changed the approval policy of {e.target}",
            f". {e.changes:whole}",
            ".",
        ),
        Notice(
            f"The approval policy of {e.target} has changed",
            alerts="approvals-relaxed" if _is_relaxed(e) else "",
        ),
    ),
    Action.APPROVER_CREATE: lambda e: Event(
        f"add a client approver or contact for {e.engagement}",
        (
            f"{e.by} added {e.approver}",
            f" ({e.name})",
            f" as a client {'contact' if e.is_contact == _TRUE else 'approver'}",
            f" for {e.engagement}",
            f", with the e-mail address {e.email}",
            ".",
        ),
        _announce_approver(e),
        warning=_announce_limit(e),
    ),
    Action.APPROVER_CONFIRM: lambda e: Event(
        f"confirm a client approver for {e.engagement}",
        f"{e.decider} confirmed {e.approver} as an approver for {e.engagement}.",
        Notice(
            f"A client approver for {e.engagement} was confirmed",
            f"{e.approver} can approve requests from 24 hours after being added.",
        ),
    ),
    Action.APPROVER_REVOKE: lambda e: Event(
        f"remove a client approver or contact for {e.engagement}",
        (
            f"{e.decider} removed {e.approver}",
            f" ({e.name})",
            f" from the client's approvers and contacts for {e.engagement}",
            ".",
        ),
        Notice(
            f"A client approver or contact for {e.engagement} was removed",
            f"{e.approver}'s links no longer work.",
        ),
    ),
    Action.APPROVER_LINK_CREATE: lambda e: Event(
        f"create a link for a client approver for {e.engagement}",
        f"{e.by} created a new link for {e.approver}, a client approver for {e.engagement}. Daypass"
        " sends the link by e-mail.",
        warning=_announce_limit(e),
    ),
    Action.CLIENT_APPROVAL_REQUIRE: lambda e: Event(
        f"require the client's approval for all access to {e.engagement}",
        f"{e.decider} required the client's approval for all access to {e.engagement}.",
        Notice(
            f"No one can access {e.engagement} without the client's approval",
            "The rule also applies to leads and emergencies. Earlier sessions may remain active"
            " until they expire. Only the client can lift the rule, on the approver's page.",
        ),
    ),
    Action.CLIENT_APPROVAL_LIFT: lambda e: Event(
        f"lift the rule that all access to {e.engagement} needs the client's approval",
        f"{e.decider} lifted the rule that all access to {e.engagement} needs the client's"
        " approval.",
        Notice(
            f"Access to {e.engagement} no longer needs the client's approval",
            "Grants and approval policies apply again.",
        ),
    ),
}
