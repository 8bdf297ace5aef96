"""Which entries about members, their tokens and their codes people are notified of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from chalicelib.domain.notifications.message import ROUTINE, Message, Rule, called
from chalicelib.domain.people.enrolments import CodeProblem
from chalicelib.domain.people.members import Kind
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.sessions import MAX_SESSIONS

_Message = partial(Message, mentions_member=True)


def _member_revoked(entry: Entry) -> Message:
    return _Message(
        "{member} is suspended",
        "{by} has suspended {member}: every token and code of theirs is dead, and nothing more is"
        " vended to them.",
        alerts=("lead-ended",) if entry.detail("kind") == Kind.LEAD else (),
    )


def _member_kind(entry: Entry) -> Message | None:
    """Only of leads and auditors, and only if the kind is another."""
    is_new, was_lead = (
        entry.action is Action.MEMBER_CREATE,
        entry.detail("former_kind") == Kind.LEAD,
    )
    kind = entry.detail("kind") if is_new or entry.detail("former_kind") else ""
    made = "{by} has taken in {member} as" if is_new else "{by} has made {member}"
    if kind == Kind.LEAD:
        return _Message("{member} is a lead", f"{made} a lead.", ("lead-made",))
    if kind == Kind.AUDITOR:
        text = f"{made} an auditor, who reads all of the trail"
        text += ", and is no lead any more." if was_lead else "."
        alerts = ("auditor-made", "lead-ended") if was_lead else ("auditor-made",)
        return _Message("{member} is an auditor", text, alerts)
    if not was_lead:
        return None
    text = "{by} has taken the lead from {member}, who is now: {kind}."
    return _Message("{member} is no lead any more", text, ("lead-ended",))


def _lead_recovered(entry: Entry) -> Message:
    said = ["{by} has made an enrolment code for {member}, a lead."]
    if entry.detail("reinstated"):
        said.append("{member} is a lead again.")
    if entry.detail("suspended"):
        said.append("Suspended with that: {suspended}.")
    if entry.detail("lost_tokens"):
        said.append("Revoked as lost: {lost_tokens} tokens of leads.")
    said.append("If no lead has asked for that, see who can invoke the function RecoverLead.")
    title = "{member} is let back in by the operator"
    return _Message(title, " ".join(said), ("lead-recovered",))


def _code_used(entry: Entry) -> Message:
    """Leads hear of each token got with a code: whoever has a lead's token could make these."""
    has_others, is_lead = "other_tokens" in entry.details, entry.detail("kind") == Kind.LEAD
    maker = called(entry.detail("made_by"))
    code = "an enrolment code that {maker} made" if maker else "an enrolment code"
    more = ", and is a lead" if is_lead else ""
    if has_others:
        more = ", and had one that works already"
    return _Message(
        "{member} has another token" if has_others else "{member} has a token",
        f"{{member}} has got a token with {code}{more}. If it was not {{member}}, revoke the token"
        " {token}.",
        ("further-token" if has_others or is_lead else "first-token",),
        values={"maker": maker},
    )


def _code_refused(entry: Entry) -> Message | None:
    """Only the first time in a day: anyone who has a used code could repeat it without end."""
    if entry.detail("because") != CodeProblem.USED or "again" in entry.details:
        return None
    works = entry.detail("working_tokens")
    next_step = "revoke what works of it: {working_tokens}" if works else "look at the trail"
    return _Message(
        "A code of {member}'s is used twice",
        "An enrolment code of {member}'s was used at {used_at} from {used_from}, and has now been"
        f" shown again, and refused. Ask {{member}} which of the two it was: if not the first,"
        f" {next_step}.",
        ("code-used-twice",),
    )


def _token_revoked(entry: Entry) -> Message | None:
    """Of their own, people know. The revocation of a lead's token can lock that lead out."""
    if not entry.subject:
        return None
    return _Message(
        "A token of {member}'s is revoked",
        "{by} has revoked the token {token} of {member}'s.",
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
        "{member} is back",
        "{by} has let {member} back in, who was suspended.",
        ("member-reinstated",),
    ),
    Action.MANY_SESSIONS: _Message(
        f"{{member}} has more than {MAX_SESSIONS} sessions",
        f"{{sessions}} sessions of {{member}} may be alive. More than {MAX_SESSIONS} are"
        " hardly one person's work. Ask {member}, or suspend them.",
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
    # It mentions nobody: the member's Slack user is the new one by now, which may be a thief's.
    Action.SLACK_BIND: Message(
        "{member} is bound to a Slack user",
        "What the Slack user {slack_user} asks for is asked in {member}'s name from now on."
        " If it was not {member} who did that, revoke the token {presented_token},"
        " with which it was made.",
        ("further-token",),
    ),
    Action.NOTICE: ROUTINE,
    Action.READ: ROUTINE,
}

NOT_DONE: Mapping[tuple[Action, Outcome], Rule] = {
    (Action.ENROLMENT_USE, Outcome.REFUSED): _code_refused
}
