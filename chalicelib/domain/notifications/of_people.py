"""What people are told of members, their tokens and their codes."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.notifications.notification import notification_key
from chalicelib.domain.notifications.wording import (
    LONGEST_TEXT,
    Table,
    Words,
    actor_of,
    called,
    detail,
    value,
    whose,
)
from chalicelib.domain.people.enrolments import Flaw
from chalicelib.domain.people.members import Kind
from chalicelib.domain.trail import Action, Entry, Outcome

BETWEEN_SECOND_USES = timedelta(days=1)


def _member_revoked(entry: Entry) -> Words:
    who = whose(entry)
    return Words(
        title=f"{who} is suspended",
        says=f"{actor_of(entry)} has suspended {who}: every token and code of theirs is dead, and"
        " nothing more is vended to them.",
        about=who,
        grave=entry.details.get("kind") == Kind.LEAD,
    )


def _member_reinstated(entry: Entry) -> Words:
    who = whose(entry)
    says = f"{actor_of(entry)} has let {who} back in, who was suspended."
    return Words(title=f"{who} is back", says=says, about=who, grave=True)


def _member_made(entry: Entry) -> Words | None:
    who, by = whose(entry), actor_of(entry)
    match entry.details.get("kind"):
        case Kind.LEAD:
            says = f"{by} has taken in {who} as a lead."
            return Words(title=f"{who} is a lead", says=says, about=who, grave=True)
        case Kind.AUDITOR:
            says = f"{by} has taken in {who} as an auditor, who reads all of the trail."
            return Words(title=f"{who} is an auditor", says=says, about=who, grave=True)
    return None


def _member_changed(entry: Entry) -> Words | None:
    who, by = whose(entry), actor_of(entry)
    kind, former = entry.details.get("kind"), entry.details.get("former_kind", "")
    if not former:
        return None
    of_lead = ", and is no lead any more" if former == Kind.LEAD else ""
    match kind:
        case Kind.LEAD:
            says = f"{by} has made {who} a lead."
            return Words(title=f"{who} is a lead", says=says, about=who, grave=True)
        case Kind.AUDITOR:
            says = f"{by} has made {who} an auditor, who reads all of the trail{of_lead}."
            return Words(title=f"{who} is an auditor", says=says, about=who, grave=True)
    if not of_lead:
        return None
    says = f"{by} has taken the lead from {who}, who is now: {detail(entry, 'kind')}."
    return Words(title=f"{who} is no lead any more", says=says, about=who, grave=True)


def _lead_recovered(entry: Entry) -> Words:
    who, done = whose(entry), []
    if detail(entry, "reinstated"):
        done.append(f"{who} is a lead again.")
    if suspended := value(", ".join(entry.details.get("suspended", "").split()), LONGEST_TEXT):
        done.append(f"Suspended with that: {suspended}.")
    return Words(
        title=f"{who} is let back in by the operator",
        says=" ".join(
            [
                f"{actor_of(entry)} has made an enrolment code for {who}, a lead.",
                *done,
                "If no lead has asked for that, see who can invoke the function RecoverLead.",
            ]
        ),
        about=who,
        grave=True,
    )


def _code_used(entry: Entry) -> Words:
    """Leads hear of each token got with a code: whoever has a lead's token could make these."""
    who, has_others = whose(entry), "other_tokens" in entry.details
    maker = called(entry.details.get("made_by", ""))
    code = f"an enrolment code that {maker} made" if maker else "an enrolment code"
    more = ""
    if has_others:
        more = ", and had one that works already"
    elif entry.details.get("kind") == Kind.LEAD:
        more = ", and is a lead"
    return Words(
        title=f"{who} has another token" if has_others else f"{who} has a token",
        says=f"{who} has got a token with {code}{more}. If it was not {who}, revoke the"
        f" token {detail(entry, 'token')}.",
        about=who,
        grave=True,
    )


def _code_refused(entry: Entry) -> Words | None:
    who = whose(entry)
    if entry.details.get("because") != Flaw.USED:
        return None
    return Words(
        title=f"A code of {who}'s is used twice",
        says=f"An enrolment code of {who}'s that had been used was shown again, and refused. Ask"
        f" {who} which of the two it was: if not the first, revoke the token"
        f" {detail(entry, 'token')} that was got with it.",
        about=who,
        key=notification_key("code", entry.token),
        silent=BETWEEN_SECOND_USES,
        grave=True,
    )


def _token_revoked(entry: Entry) -> Words | None:
    if not entry.subject:  # their own, and they know
        return None
    who = whose(entry)
    says = f"{actor_of(entry)} has revoked the token {detail(entry, 'token')} of {who}'s."
    grave = entry.details.get("kind") == Kind.LEAD  # it can lock a lead out
    return Words(title=f"A token of {who}'s is revoked", says=says, about=who, grave=grave)


def _slack_bound(entry: Entry) -> Words:
    """About nobody: their Slack user is the new one by now, which may be a thief's."""
    who = whose(entry)
    return Words(
        title=f"{who} is bound to a Slack user",
        says=f"What the Slack user {detail(entry, 'slack_user')} asks for is asked in {who}'s name"
        f" from now on. If it was not {who} who did that, revoke the token"
        f" {detail(entry, 'token')}.",
        grave=True,
    )


TABLE: Table = {
    (Action.MEMBER_CREATE, Outcome.DONE): _member_made,
    (Action.MEMBER_CHANGE, Outcome.DONE): _member_changed,
    (Action.MEMBER_REVOKE, Outcome.DONE): _member_revoked,
    (Action.MEMBER_REINSTATE, Outcome.DONE): _member_reinstated,
    (Action.LEAD_RECOVER, Outcome.DONE): _lead_recovered,
    (Action.ENROLMENT_USE, Outcome.DONE): _code_used,
    (Action.ENROLMENT_USE, Outcome.REFUSED): _code_refused,
    (Action.TOKEN_REVOKE, Outcome.DONE): _token_revoked,
    (Action.SLACK_BIND, Outcome.DONE): _slack_bound,
}
