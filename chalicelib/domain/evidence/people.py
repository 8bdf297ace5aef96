"""The events of members, tokens, codes, sign-ins and refused reads."""

from __future__ import annotations

from chalicelib.domain.evidence.events import Event, Facts, MemberNotice, Notice, Table
from chalicelib.domain.people.enrolments import CodeProblem
from chalicelib.domain.people.members import Kind
from chalicelib.domain.text import clean_text, count_of
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.sessions import MAX_SESSIONS

_LEAD, _AUDITOR, _USED = Kind.LEAD.value, Kind.AUDITOR.value, str(CodeProblem.USED)
_MADE = {_LEAD: ("a lead", "lead-made"), _AUDITOR: ("an auditor", "auditor-made")}
_REFUSALS = {
    _USED: "The code had already been used.",
    CodeProblem.REVOKED.value: "The code had been revoked.",
    CodeProblem.EXPIRED.value: "The code had expired.",
    CodeProblem.MEMBER_SUSPENDED.value: "The member was suspended.",
    CodeProblem.MEMBER_REVOKED.value: "The member had been suspended after the code was created.",
    CodeProblem.MAKER_REVOKED.value: "The code's creator was no longer an active lead, or the token"
    " that created the code had been revoked.",
    CodeProblem.OTHER_COMMAND.value: "A different daypass command had requested the code.",
}


def _announce_kind(e: Facts) -> Notice | None:
    """Return the notice that someone became a lead or an auditor, or is no longer a lead. Return
    None for any other change of a member. Spaces separate the names in `alerts`."""
    # Only a creation and a change of kind announce the kind. Only the latter has a former kind.
    new_kind = e.kind if e.former_kind or e.record.action is Action.MEMBER_CREATE else ""
    ended = "lead-ended" if e.former_kind == _LEAD else ""
    if new_kind in _MADE:
        name, alert = _MADE[new_kind]
        advice = "An auditor can read the whole trail." if new_kind == _AUDITOR else ""
        return MemberNotice(f"{e.member} is now {name}", advice, alerts=f"{alert} {ended}")
    if not ended:
        return None
    return MemberNotice(f"{e.member} is no longer a lead", alerts=ended)


def _lead_ended(e: Facts) -> str:
    """Return the alert that a lead lost their rights, or "" if the member was not a lead."""
    return "lead-ended" if e.kind == _LEAD else ""


def _announce_token(e: Facts) -> Notice | None:
    """Return the notice that someone got a token with an enrolment code. A token for a lead, or
    beside a working one, alerts the leads, because a thief of a lead's token could create codes. A
    newcomer's first token is expected. So is a token from the daily sign-in at an identity provider
    (`provider`), which gets no notice at all."""
    if e.provider:
        return None
    alerts_leads = bool(e.other_tokens) or e.kind == _LEAD
    return MemberNotice(
        f"{e.member} got {'another' if e.other_tokens else 'a'} token",
        f"If {e.member} did not do this, revoke the token {e.token}.",
        alerts="further-token" if alerts_leads else "",
    )


def _announce_job(e: Facts) -> Notice:
    """Return the notice that a CI's job can now act as a member."""
    return MemberNotice(
        f"A CI job can now sign in as {e.member}",
        f"If you do not know this job, revoke the token {e.token}.",
        alerts="further-token",
    )


def _announce_used_code(e: Facts) -> Notice | None:
    """Return the notice that someone tried a used code again. The detail `again` marks each further
    refusal in a day, which has no notice: anyone with a used code can repeat the attempt."""
    if e.because != _USED or e.again:
        return None
    # The passage about the tokens is left out if the entry has no `working_tokens`.
    return MemberNotice(
        f"Someone tried to reuse one of {e.member}'s enrolment codes",
        (
            f"Ask {e.member} whether the first use was theirs. If not, ",
            f"revoke these tokens: {e.working_tokens:names}.",
            not e.working_tokens and f"read {e.member}'s entries in the trail.",
        ),
        alerts="code-used-twice",
    )


TABLE: Table = {
    Action.MEMBER_CREATE: lambda e: Event(
        ("create a member", e.subject and f": {e.member}"),
        (
            f"{e.by} created {e.member}",
            f" ({e.name})",
            f" as {'an' if e.kind == _AUDITOR else 'a'} {e.kind}",
            f", with the enrolment code {e.enrolment}",
            ".",
        ),
        _announce_kind(e),
    ),
    Action.MEMBER_CHANGE: lambda e: Event(
        f"change the member {e.member}",
        (
            f"{e.by} changed {f'the member {e.member}' if e.subject else 'their own record'}",
            f". {e.changes:whole}",
            ".",
        ),
        _announce_kind(e),
    ),
    Action.MEMBER_REVOKE: lambda e: Event(
        f"suspend {e.other}",
        (f"{e.by} suspended {e.other}", e.kind == _LEAD and ", a lead", "."),
        MemberNotice(
            f"{e.member} was suspended",
            f"All of {e.member}'s tokens and enrolment codes are revoked, and {e.member} cannot get"
            " new sessions.",
            alerts=_lead_ended(e),
        ),
    ),
    Action.MEMBER_LEAVE: lambda e: Event(
        f"record that {e.member} left the firm",
        (
            f"{e.by} recorded that {e.member} left the firm.",
            f" Grants revoked: {e.grants}.",
            f" Sessions that may still have been active: {e.sessions}.",
        ),
        MemberNotice(
            f"{e.member} has left the firm",
            f"{e.member} is suspended, so none of {e.member}'s grants gives access.",
        ),
    ),
    Action.MEMBER_REINSTATE: lambda e: Event(
        f"reinstate {e.other}",
        f"{e.by} reinstated {e.other}, who had been suspended.",
        MemberNotice(f"{e.member} was reinstated", alerts="member-reinstated"),
    ),
    Action.MANY_SESSIONS: lambda e: Event(
        f"count {e.member}'s sessions",
        (f"Daypass found {e.sessions} sessions of {e.member} that might still be active.",),
        MemberNotice(
            f"{e.member} has {e.sessions} sessions that may still be active",
            f"One person rarely needs more than {MAX_SESSIONS} active sessions. Ask {e.member} why,"
            f" or suspend {e.member}.",
            alerts="many-sessions",
        ),
    ),
    Action.LEAD_RECOVER: lambda e: Event(
        f"recover the lead {e.member}",
        (
            f"{e.by} made {e.member} an active lead, and created the enrolment code {e.enrolment}.",
            e.reinstated and f" Before the recovery, {e.member} was suspended or was not a lead.",
            f" The recovery also suspended these leads: {e.suspended:names}.",
            e.lost_tokens
            and f" The recovery also revoked {count_of(e.lost_tokens, 'token')} of leads.",
        ),
        MemberNotice(
            f"{e.by} recovered the lead {e.member}",
            "If no lead asked for this, find out who can invoke the Lambda function RecoverLead.",
            alerts="lead-recovered",
        ),
    ),
    Action.ENROLMENT_CREATE: lambda e: Event(
        f"create an enrolment code for {e.other}",
        (
            f"{e.by} created the enrolment code {e.enrolment} for {e.other}",
            f", valid until {e.expires_at:time}",
            ".",
        ),
    ),
    Action.ENROLMENT_REVOKE: lambda e: Event(
        f"revoke {e.member}'s enrolment code",
        f"{e.by} revoked {e.member}'s enrolment code {e.enrolment}.",
    ),
    Action.ENROLMENT_USE: lambda e: Event(
        "use an enrolment code",
        (
            f"{e.by} exchanged an enrolment code",
            f" from {e.made_by:actor}",
            f" for the token {e.token}",
            f" ({e.label})",
            f", valid until {e.expires_at:time}",
            ".",
            f" {e.member} had signed in at {e.provider} in the browser.",
            f" The token is an identity at {e.issuer}.",
            e.kind == _LEAD and f" {e.member} is a lead.",
            e.other_tokens and f" {e.member} already had a valid token.",
        ),
        _announce_token(e),
        refused=(
            f"Daypass refused one of {e.member}'s enrolment codes.",
            e.because in _REFUSALS and f" {_REFUSALS[e.because]}",
            f" It was first used on {e.used_at:time}",
            f", from {e.used_from}",
            e.used_at and ".",
        ),
        warning=_announce_used_code(e),
    ),
    Action.JOB_BIND: lambda e: Event(
        f"bind a CI job to {e.other}",
        (
            f"{e.by} bound the CI job {clean_text(e.record.detail('subject'))} at {e.issuer}",
            f" to {e.other}. The job's token is {e.token}",
            f", valid until {e.expires_at:time}",
            ".",
        ),
        _announce_job(e),
    ),
    Action.TOKEN_CHANGE: lambda e: Event(
        f"change the label of the token {e.token}",
        (f"{e.by} changed the token {e.token}", f". {e.changes:whole}", "."),
    ),
    Action.TOKEN_ROTATE: lambda e: Event(
        "rotate their token",
        (
            f"{e.by} rotated the token {e.former_token}. The new token is {e.token}",
            f", valid until {e.expires_at:time}",
            ".",
        ),
    ),
    Action.TOKEN_REVOKE: lambda e: Event(
        f"revoke {e.owner} token {e.token}",
        (
            f"{e.by} revoked {e.owner} token {e.token}.",
            e.kind == _LEAD and f" {e.member} is a lead.",
            f" It was created with the token {e.bound_with}.",
        ),
        MemberNotice(f"One of {e.member}'s tokens was revoked", alerts=_lead_ended(e))
        if e.subject
        else None,
    ),
    # This mentions no Slack user: the member's is now the new one, which may be a thief's.
    Action.SLACK_BIND: lambda e: Event(
        (f"link a Slack account to the member {e.member}", f" ({e.slack_user})"),
        (
            f"{e.by} linked the Slack account {e.slack_user} to the member {e.member}",
            f" until {e.expires_at:time}",
            ".",
            f" The new binding replaces these tokens: {e.former_tokens:names}.",
        ),
        Notice(
            f"A Slack account was linked to {e.member}",
            f"The Slack account can now make requests as {e.member}. If {e.member} did not do this,"
            f" revoke the token {e.presented_token}, which was used to link the Slack account.",
            alerts="further-token",
        ),
    ),
    Action.WEB_LINK_CREATE: lambda e: Event(
        "create a sign-in link for the web console",
        f"{e.by} created the sign-in link {e.web_link} for the web console. The link expires on"
        f" {e.expires_at:time}.",
    ),
    Action.WEB_SIGN_IN: lambda e: Event(
        ("sign in to the web console", f" with the link {e.web_link}"),
        (
            f"{e.by} signed in to the web console",
            f" with the link {e.web_link}",
            f" at {e.provider}",
            f". The sign-in expires by {e.expires_at:time}",
            ".",
        ),
    ),
    Action.WEB_SIGN_OUT: lambda e: Event(
        "sign out of the web console", f"{e.by} signed out of the web console."
    ),
    Action.NOTICE: lambda e: Event(
        "send a notification",
        failed=(
            "Daypass could not send a notification",
            f" about the trail entry {e.entry}",
            f" (channel: {e.via})",
            f": {e.why}",
            ".",
            e.given_up and " Daypass has stopped trying.",
            f" The leads were not notified of events from {e.not_told_from:time}",
            f" to {e.not_told_until:time}",
            e.not_told_from and ".",
        ),
        refused=f"Daypass holds back e-mails to {e.approver} at the client of {e.engagement},"
        f" because {e.approver} received many within an hour.",
        warning=Notice(
            f"The client of {e.engagement} is getting too many e-mails",
            f"{e.approver} now gets one e-mail with all events every ten minutes. Check the trail"
            f" of {e.engagement}, because a lead may be trying to hide a request among them.",
            alerts="client-mails-limited",
            hourly_key=("client-mails", e.engagement, e.approver),
        )
        if e.record.outcome is Outcome.REFUSED
        else None,
    ),
    Action.READ: lambda e: Event(
        "read data",
        refused=(
            f"Daypass refused {e.actor}'s request to read data",
            e.record.engagement and f" of {e.target}",
            f" of {e.asked_for}",
            e.subject and f" about {e.member}",
            ".",
        ),
    ),
}
