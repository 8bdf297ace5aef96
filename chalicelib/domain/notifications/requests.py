"""Build the messages about access requests, emergencies, and the rules of who approves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from chalicelib.domain.moments import describe_duration, utc_text
from chalicelib.domain.notifications.message import ROUTINE, Message, Rule, format_names
from chalicelib.domain.notifications.notification import build_notification_key
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT, Action, Entry, Outcome

_AGENT = "agent"
_TRUE = "true"


def _describe_deadline(entry: Entry) -> str:
    """Return until when the request waits, for people. Return the detail itself if it is no
    time."""
    text = entry.detail("expires_at")
    try:
        return utc_text(datetime.fromisoformat(text))
    except ValueError:
        return "{expires_at}" if text else "it expires"


def _describe_decider(entry: Entry) -> str:
    """Return a template for the person who acted: a member, or an approver of the client."""
    if entry.actor == CLIENT and entry.detail("approver"):
        return "The client's approver {approver}"
    return "{by}"


def _announce_request(entry: Entry) -> Message:
    """Return a message that a member asks for a role: for how long, and who has to answer it
    until when."""
    sentences = [
        "{member} asks for {role}, {span}.",
        f"The request waits for {{waiting_for}} until {_describe_deadline(entry)}.",
    ]
    if entry.detail("ticket"):
        sentences.append("The ticket is {ticket}.")
    if entry.detail("caller") == _AGENT:
        sentences.append("A program that works for {member} by itself sent it.")
    sentences.append("Its ID is {request}.")
    return Message("{member} asks for {role}", " ".join(sentences))


def _announce_approval(entry: Entry) -> Message:
    """Return a message that an approver approved a request, and whether that opens the access."""
    decider = _describe_decider(entry)
    if entry.detail("waiting_for"):
        return Message(
            "One approval more for {member}: {role}",
            f"{decider} approved {{member}}'s request {{request}} for {{role}}. It still waits for"
            f" {{waiting_for}} until {_describe_deadline(entry)}.",
            mentions_member=True,
        )
    return Message(
        "The request of {member} for {role} is approved",
        f"{decider} approved the request {{request}}. {{member}} has access to {{role}} {{span}}.",
        mentions_member=True,
    )


def _announce_denial(entry: Entry) -> Message:
    """Return a message that an approver denied a request."""
    return Message(
        "The request of {member} for {role} is denied",
        f"{_describe_decider(entry)} denied the request {{request}}, so it opens nothing."
        " {member} can send another.",
        mentions_member=True,
    )


def _announce_revoked_access(entry: Entry) -> Message | None:
    """Return a message that someone else ended a member's access. Members end their own as soon as
    they are done, and no one needs to hear of it."""
    if not entry.subject:
        return None
    return Message(
        "{member} no longer has access to {role}",
        "{by} ended the access that the request {request} had opened for {member}. Sessions from"
        " before may be alive until they expire or are cut off.",
        mentions_member=True,
    )


def _is_less(new: str, former: str) -> bool:
    return new.isdigit() and former.isdigit() and int(new) < int(former)


def _is_more(new: str, former: str) -> bool:
    return new.isdigit() and former.isdigit() and int(new) > int(former)


_RELAXATIONS: Mapping[str, Callable[[str, str], bool]] = {
    "people": _is_less,
    "client": lambda _, former: former == _TRUE,
    "leads": lambda new, _: new == _TRUE,
    "members": lambda new, former: bool(set(new.split()) - set(former.split())),
    "sensitive": lambda _, former: former == _TRUE,
    "longest": _is_more,
    "notify_client_of_emergencies": lambda _, former: former == _TRUE,
    "ticket_pattern": lambda new, former: bool(former and not new),
}
"""For each field of an approval policy: whether the change from its former value makes an approval
easier to get, or harder to notice."""
POLICY_FIELDS: Mapping[str, str] = {
    "people": "people who must approve",
    "client": "the client must approve",
    "leads": "every lead may approve",
    "members": "members who may approve",
    "sensitive": "Slack's buttons are refused",
    "first_approver": "the first to hear of a request",
    "others_after": "time until the others hear of it",
    "answer_within": "time that a request waits",
    "longest": "longest access",
    "ticket_pattern": "the form of a ticket",
    "ticket_url": "the URL of a ticket",
    "notify_client_of_emergencies": "the client hears of emergencies",
}
"""The fields of an approval policy, in words that a value can follow."""
DURATION_FIELDS = frozenset({"others_after", "answer_within", "longest"})
"""The fields whose values are seconds."""
_WORDS = {"true": "yes", "false": "no", "": "none"}


def _announce_policy_change(entry: Entry) -> Message:
    """Return a message with the changes of an approval policy. It is an alert if a change makes an
    approval easier to get, or harder to notice: a malicious lead would do that quietly."""
    changes, values = [], {}
    is_relaxed = False
    for name, words in POLICY_FIELDS.items():
        new, former = entry.detail(name), entry.detail(f"former_{name}")
        if new == former:
            continue
        is_relaxed = is_relaxed or (name in _RELAXATIONS and _RELAXATIONS[name](new, former))
        values[f"new_{name}"] = _describe_value(name, new)
        values[f"old_{name}"] = _describe_value(name, former)
        before = f" (before: {{old_{name}}})" if former else ""
        changes.append(f"{words}: {{new_{name}}}{before}")
    scope = "{role}" if entry.role else "{engagement}"
    return Message(
        f"Requests for {scope} have other rules",
        f"{{by}} changed who approves requests for {scope}, and within which limits:"
        f" {'; '.join(changes) or 'see the trail'}.",
        ("approvals-relaxed",) if is_relaxed else (),
        values=values,
    )


def _describe_value(name: str, text: str) -> str:
    if name in DURATION_FIELDS and text.isdecimal() and len(text) < 10:
        return describe_duration(int(text))
    return _WORDS.get(text) or format_names(text)


def _announce_approver(entry: Entry) -> Message:
    """Return a message that a lead named an approver or a contact at the client. An approver raises
    an alert: the reader of the address that the lead chose can let members in."""
    if entry.detail("is_contact") == _TRUE:
        return Message(
            "The client of {engagement} has another contact",
            "{by} named {approver} as a contact at the client of {engagement}, who hears of"
            " requests and decides nothing.",
        )
    return Message(
        "The client of {engagement} has another approver",
        "{by} named {approver} as an approver at the client of {engagement}. Daypass mails the link"
        " to the address that {by} chose. Check that it belongs to the client.",
        ("approvals-relaxed",),
    )


def _announce_limit(entry: Entry) -> Message | None:
    """Return a message that a lead reached a limit of e-mails to the client. Once an hour: the lead
    may go on trying."""
    if entry.reason not in (Reason.TOO_MANY_LINKS, Reason.TOO_MANY_NAMED):
        return ROUTINE
    links = entry.reason == Reason.TOO_MANY_LINKS
    tried = "have another link mailed to {approver}" if links else "name {approver} as well"
    return Message(
        "{by} would send many e-mails to the client of {engagement}",
        f"{{by}} tried to {tried}, at the client of {{engagement}}, after the most that Daypass"
        " allows in an hour. Ask {by} why.",
        ("client-mails-limited",),
        key=build_notification_key("client-mails", entry.reason, entry.engagement, entry.actor),
        quiet_period=timedelta(hours=1),
    )


def _announce_held_back_mails(entry: Entry) -> Message:
    """Return a message that Daypass holds back e-mails to an address."""
    return Message(
        "Someone at the client of {engagement} gets too many e-mails",
        "Daypass sent {approver}, at the client of {engagement}, so many e-mails within an hour"
        " that it now sends one each ten minutes, with all events in it. Look at the trail of"
        " {engagement}: a lead may want to bury a request among them.",
        ("client-mails-limited",),
        key=build_notification_key("client-mails", entry.engagement, entry.detail("approver")),
        quiet_period=timedelta(hours=1),
    )


def _announce_removal(entry: Entry) -> Message:
    """Return a message that a lead, or the client, ended the right of an approver or contact."""
    by = "The client's approver {by_approver}" if entry.detail("by_approver") else "{by}"
    return Message(
        "An approver or contact at the client of {engagement} was removed",
        f"{by} ended the right of {{approver}} at the client of {{engagement}}. The links of"
        " {approver} no longer work.",
    )


TABLE: Mapping[Action, Rule] = {
    Action.REQUEST_CREATE: _announce_request,
    Action.REQUEST_APPROVE: _announce_approval,
    Action.REQUEST_DENY: _announce_denial,
    Action.REQUEST_WITHDRAW: ROUTINE,
    Action.REQUEST_START: ROUTINE,
    Action.REQUEST_REVOKE: _announce_revoked_access,
    Action.EMERGENCY_BEGIN: Message(
        "{member} opened {role} in an emergency",
        "{by} opened {role} without an approval, {span}. Ask {by} why. Then a lead other than {by}"
        " has to write the review of {request}: until then, {by} can open no other.",
        ("emergency",),
        mentions_member=True,  # if someone else has their token, they learn of it
    ),
    Action.EMERGENCY_REVIEW: Message(
        "A lead reviewed the emergency of {member} in {engagement}",
        "{by} wrote the review of the emergency {request}. {member} can open another.",
        mentions_member=True,
    ),
    Action.APPROVAL_POLICY_CHANGE: _announce_policy_change,
    Action.APPROVER_CREATE: _announce_approver,
    Action.APPROVER_CONFIRM: Message(
        "An approver at the client of {engagement} was confirmed",
        "The client's approver {by_approver} confirmed {approver}, who approves from now on, or 24"
        " hours after they were named.",
    ),
    Action.APPROVER_REVOKE: _announce_removal,
    Action.APPROVER_LINK_CREATE: ROUTINE,
    Action.CLIENT_APPROVAL_REQUIRE: Message(
        "No one enters {engagement} without the client's approval",
        "{by} requires the client's approval for all access to {engagement}, also for leads and in"
        " emergencies. Sessions from before may be alive until they expire. Only the client can"
        " lift this, on the approver's page.",
    ),
    Action.CLIENT_APPROVAL_LIFT: Message(
        "Access to {engagement} no longer needs the client's approval",
        "{by} lifted the rule that all access to {engagement} needs the client's approval. Grants"
        " and approval policies decide again.",
    ),
}
"""The rule for each action about requests with the outcome `done`."""
NOT_DONE: Mapping[tuple[Action, Outcome], Rule] = {
    (Action.APPROVER_LINK_CREATE, Outcome.REFUSED): _announce_limit,
    (Action.APPROVER_CREATE, Outcome.REFUSED): _announce_limit,
    (Action.NOTICE, Outcome.REFUSED): _announce_held_back_mails,
}
"""The rule for each action with another outcome."""
