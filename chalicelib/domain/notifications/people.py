"""Build the messages about trail entries on members, tokens and codes. An entry without a message
is routine: Daypass notifies no one of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from chalicelib.domain.notifications.message import ROUTINE, Message, Rule, format_actor
from chalicelib.domain.people.enrolments import CodeProblem
from chalicelib.domain.people.members import Kind
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.sessions import MAX_SESSIONS

_Message = partial(Message, mentions_member=True)


def _announce_suspension(entry: Entry) -> Message:
    """Return a message that the member is suspended. It is an alert if the member was a lead."""
    return _Message(
        "{member} was suspended",
        "{by} suspended {member}. All their tokens and codes are now invalid, and they get no"
        " more sessions.",
        alerts=("lead-ended",) if entry.detail("kind") == Kind.LEAD else (),
    )


def _announce_member_kind(entry: Entry) -> Message | None:
    """Return a message if the member became a lead or an auditor, or is no longer a lead. The
    details have the kind of a new member, or the new and the former kind of a changed one."""
    is_new, was_lead = (
        entry.action is Action.MEMBER_CREATE,
        entry.detail("former_kind") == Kind.LEAD,
    )
    kind = entry.detail("kind") if is_new or entry.detail("former_kind") else ""
    beginning = "{by} created {member} as" if is_new else "{by} made {member}"
    if kind == Kind.LEAD:
        return _Message("{member} is now a lead", f"{beginning} a lead.", ("lead-made",))
    if kind == Kind.AUDITOR:
        text = f"{beginning} an auditor, who can read the whole trail"
        text += " and is no longer a lead." if was_lead else "."
        alerts = ("auditor-made", "lead-ended") if was_lead else ("auditor-made",)
        return _Message("{member} is now an auditor", text, alerts)
    if not was_lead:
        return None
    text = "{by} changed {member} from lead to {kind}."
    return _Message("{member} is no longer a lead", text, ("lead-ended",))


def _announce_lead_recovery(entry: Entry) -> Message:
    """Return a message that the operator created an enrolment code for a lead, and what else the
    recovery changed."""
    sentences = ["{by} created an enrolment code for {member}, a lead."]
    if entry.detail("reinstated"):
        sentences.append("{member} is a lead again.")
    if entry.detail("suspended"):
        sentences.append("The operator suspended {suspended}.")
    if entry.detail("lost_tokens"):
        sentences.append("The operator revoked the lost tokens of leads: {lost_tokens} in total.")
    sentences.append(
        "If no lead asked for this, find out who can invoke the Lambda function RecoverLead."
    )
    title = "The operator recovered the lead {member}"
    return _Message(title, " ".join(sentences), ("lead-recovered",))


def _announce_code_use(entry: Entry) -> Message:
    """Return the message that someone got a token with an enrolment code.

    Leads hear of each such token, because a thief of a lead's token could create codes.
    """
    has_other_tokens, is_lead = "other_tokens" in entry.details, entry.detail("kind") == Kind.LEAD
    maker = format_actor(entry.detail("made_by"))
    code = "an enrolment code from {maker}" if maker else "an enrolment code"
    remark = " {member} is a lead." if is_lead else ""
    if has_other_tokens:
        remark = " {member} already had a valid token."
    return _Message(
        "{member} has another token" if has_other_tokens else "{member} has a token",
        f"{{member}} exchanged {code} for a token.{remark} If {{member}} did not do this, revoke"
        " the token {token}.",
        ("further-token" if has_other_tokens or is_lead else "first-token",),
        values={"maker": maker},
    )


def _announce_code_refusal(entry: Entry) -> Message | None:
    """Return a message if someone tried a used code again. Return one only for the first refusal in
    a day, because anyone with a used code can repeat the attempt."""
    if entry.detail("because") != CodeProblem.USED or "again" in entry.details:
        return None
    next_step = "read {member}'s entries on the trail"
    if entry.detail("working_tokens"):
        next_step = "revoke these tokens: {working_tokens}"
    return _Message(
        "Someone tried a used code of {member} again",
        "An enrolment code of {member} was used at {used_at} from {used_from}. Now someone has"
        " tried to use the same code again, and Daypass refused it. Ask {member} which attempt was"
        f" theirs. If the first attempt was not, {next_step}.",
        ("code-used-twice",),
    )


def _announce_token_revocation(entry: Entry) -> Message | None:
    """Return a message unless the actor revoked their own token. It is an alert if the member is a
    lead, because without a token that lead may be locked out."""
    if not entry.subject:
        return None
    return _Message(
        "A token of {member} was revoked",
        "{by} revoked {member}'s token {token}.",
        alerts=("lead-ended",) if entry.detail("kind") == Kind.LEAD else (),
    )


def _announce_session_revocation(entry: Entry) -> Message | None:
    """Return a message unless the lead revoked a session of their own."""
    if not entry.subject:
        return None
    return _Message(
        "A session of {member} was revoked",
        "{by} revoked {member}'s session {session_name} in {engagement}. It may be alive until it"
        " expires.",
    )


TABLE: Mapping[Action, Rule] = {
    Action.VEND: ROUTINE,
    Action.SESSION_REVOKE: _announce_session_revocation,
    Action.SESSION_END: ROUTINE,
    Action.ACCESS_LINK_CREATE: ROUTINE,
    Action.ACCESS_LINK_USE: ROUTINE,
    Action.ACCESS_LINK_REVOKE: ROUTINE,
    Action.MEMBER_CREATE: _announce_member_kind,
    Action.MEMBER_CHANGE: _announce_member_kind,
    Action.MEMBER_REVOKE: _announce_suspension,
    Action.MEMBER_LEAVE: _Message(
        "{member} has left",
        "{by} recorded that {member} has left. {member} is suspended, and no grant of theirs is in"
        " force. Grants revoked: {grants}.",
    ),
    Action.MEMBER_REINSTATE: _Message(
        "{member} was reinstated",
        "{by} reinstated {member}, who was suspended.",
        ("member-reinstated",),
    ),
    Action.MANY_SESSIONS: _Message(
        f"{{member}} has more than {MAX_SESSIONS} sessions",
        f"{{member}} has {{sessions}} sessions that may still be active. One person rarely needs"
        f" more than {MAX_SESSIONS}. Ask {{member}} why, or suspend {{member}}.",
        ("many-sessions",),
    ),
    Action.LEAD_RECOVER: _announce_lead_recovery,
    Action.ENROLMENT_CREATE: ROUTINE,
    Action.ENROLMENT_REVOKE: ROUTINE,
    Action.ENROLMENT_USE: _announce_code_use,
    Action.TOKEN_CHANGE: ROUTINE,
    Action.TOKEN_ROTATE: ROUTINE,
    Action.TOKEN_REVOKE: _announce_token_revocation,
    # This message mentions no Slack user: the member's is now the new one, which may be a thief's.
    Action.SLACK_BIND: Message(
        "A Slack user was linked to {member}",
        "The Slack user {slack_user} can now make requests as {member}. If {member} did not link"
        " this user, revoke the token {presented_token}, which was used to link the user.",
        ("further-token",),
    ),
    Action.WEB_LINK_CREATE: ROUTINE,
    Action.WEB_SIGN_IN: ROUTINE,
    Action.WEB_SIGN_OUT: ROUTINE,
    Action.NOTICE: ROUTINE,
    Action.READ: ROUTINE,
}

NOT_DONE: Mapping[tuple[Action, Outcome], Rule] = {
    (Action.ENROLMENT_USE, Outcome.REFUSED): _announce_code_refusal
}
