"""Define which entries about members, tokens and codes people are notified of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from chalicelib.domain.notifications.message import ROUTINE, Message, Rule, actor_name
from chalicelib.domain.people.enrolments import CodeProblem
from chalicelib.domain.people.members import Kind
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.sessions import MAX_SESSIONS

_Message = partial(Message, mentions_member=True)


def _member_revoked(entry: Entry) -> Message:
    return _Message(
        "{member} is suspended",
        "{by} suspended {member}. All their tokens and codes are invalid, and they get no more"
        " sessions.",
        alerts=("lead-ended",) if entry.detail("kind") == Kind.LEAD else (),
    )


def _member_kind(entry: Entry) -> Message | None:
    """Return a message if the member became a lead or an auditor, or is no longer a lead."""
    is_new, was_lead = (
        entry.action is Action.MEMBER_CREATE,
        entry.detail("former_kind") == Kind.LEAD,
    )
    kind = entry.detail("kind") if is_new or entry.detail("former_kind") else ""
    made = "{by} created {member} as" if is_new else "{by} made {member}"
    if kind == Kind.LEAD:
        return _Message("{member} is a lead", f"{made} a lead.", ("lead-made",))
    if kind == Kind.AUDITOR:
        text = f"{made} an auditor, who can read the whole trail"
        text += " and is no longer a lead." if was_lead else "."
        alerts = ("auditor-made", "lead-ended") if was_lead else ("auditor-made",)
        return _Message("{member} is an auditor", text, alerts)
    if not was_lead:
        return None
    text = "{by} changed {member} from lead to {kind}."
    return _Message("{member} is no longer a lead", text, ("lead-ended",))


def _lead_recovered(entry: Entry) -> Message:
    sentences = ["{by} created an enrolment code for {member}, a lead."]
    if entry.detail("reinstated"):
        sentences.append("{member} is a lead again.")
    if entry.detail("suspended"):
        sentences.append("Suspended: {suspended}.")
    if entry.detail("lost_tokens"):
        sentences.append("Tokens of leads revoked as lost: {lost_tokens}.")
    sentences.append("If no lead asked for this, find out who can invoke the function RecoverLead.")
    title = "The operator recovered the lead {member}"
    return _Message(title, " ".join(sentences), ("lead-recovered",))


def _code_used(entry: Entry) -> Message:
    """Return a message for each token from a code: a thief of a lead's token could create codes."""
    has_others, is_lead = "other_tokens" in entry.details, entry.detail("kind") == Kind.LEAD
    maker = actor_name(entry.detail("made_by"))
    code = "an enrolment code from {maker}" if maker else "an enrolment code"
    more = " {member} is a lead." if is_lead else ""
    if has_others:
        more = " {member} already had a valid token."
    return _Message(
        "{member} has another token" if has_others else "{member} has a token",
        f"{{member}} exchanged {code} for a token.{more} If it was not {{member}}, revoke the token"
        " {token}.",
        ("further-token" if has_others or is_lead else "first-token",),
        values={"maker": maker},
    )


def _code_refused(entry: Entry) -> Message | None:
    """Return a message for the first refusal in a day: anyone with a used code could repeat it."""
    if entry.detail("because") != CodeProblem.USED or "again" in entry.details:
        return None
    works = entry.detail("working_tokens")
    next_step = "revoke these tokens: {working_tokens}" if works else "read the trail"
    return _Message(
        "A code of {member} was used twice",
        "An enrolment code of {member} was used at {used_at} from {used_from}. Someone has now"
        " tried to use it again, and Daypass refused. Ask {member} which attempt was theirs. If it"
        f" was not the first, {next_step}.",
        ("code-used-twice",),
    )


def _token_revoked(entry: Entry) -> Message | None:
    """Return a message unless the actor revoked their own token. Revoking a lead's token can lock
    that lead out."""
    if not entry.subject:
        return None
    return _Message(
        "A token of {member} is revoked",
        "{by} revoked {member}'s token {token}.",
        alerts=("lead-ended",) if entry.detail("kind") == Kind.LEAD else (),
    )


TABLE: Mapping[Action, Rule] = {
    Action.VEND: ROUTINE,
    Action.ACCESS_LINK_CREATE: ROUTINE,
    Action.ACCESS_LINK_USE: ROUTINE,
    Action.ACCESS_LINK_REVOKE: ROUTINE,
    Action.MEMBER_CREATE: _member_kind,
    Action.MEMBER_CHANGE: _member_kind,
    Action.MEMBER_REVOKE: _member_revoked,
    Action.MEMBER_REINSTATE: _Message(
        "{member} is reinstated",
        "{by} reinstated {member}, who was suspended.",
        ("member-reinstated",),
    ),
    Action.MANY_SESSIONS: _Message(
        f"{{member}} has more than {MAX_SESSIONS} sessions",
        f"{{sessions}} sessions of {{member}} may be live. One person hardly needs more than"
        f" {MAX_SESSIONS}. Ask {{member}}, or suspend them.",
        ("many-sessions",),
    ),
    Action.LEAD_RECOVER: _lead_recovered,
    Action.LEAD_CHANGES_END: ROUTINE,
    Action.ENROLMENT_CREATE: ROUTINE,
    Action.ENROLMENT_REVOKE: ROUTINE,
    Action.ENROLMENT_USE: _code_used,
    Action.TOKEN_CHANGE: ROUTINE,
    Action.TOKEN_ROTATE: ROUTINE,
    Action.TOKEN_REVOKE: _token_revoked,
    # It mentions no one: the member's Slack user is now the new one, which may be a thief's.
    Action.SLACK_BIND: Message(
        "A Slack user was connected to {member}",
        "Requests of the Slack user {slack_user} now count as {member}'s. If it was not {member}"
        " who linked this user, revoke the token {presented_token}, which was used for it.",
        ("further-token",),
    ),
    Action.NOTICE: ROUTINE,
    Action.READ: ROUTINE,
}

NOT_DONE: Mapping[tuple[Action, Outcome], Rule] = {
    (Action.ENROLMENT_USE, Outcome.REFUSED): _code_refused
}
