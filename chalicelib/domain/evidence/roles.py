"""The events of roles and of their checks."""

from __future__ import annotations

from chalicelib.domain.engagements.roles import RELAXATIONS
from chalicelib.domain.evidence.events import Event, Fact, Facts, Notice, Table, Text
from chalicelib.domain.text import join_words
from chalicelib.domain.trail import CLIENT, Action
from chalicelib.domain.verification.diagnosis import are_causes_certain
from chalicelib.domain.verification.findings import CAUSES, CHECKS
from chalicelib.domain.verification.proof import Check


def _announce_role(e: Facts) -> Notice | None:
    """Return the notice that a change made the role less strict, if it did."""
    relaxations = [text for name, text in RELAXATIONS.items() if e.has("widened", name)]
    if not relaxations:
        return None
    title = f"The role {e.target} is now less strict"
    return Notice(title, " ".join(relaxations), alerts="role-widened")


def _describe_check(e: Facts) -> tuple[str | bool, ...]:
    """Return the parts of the sentence on a check of a role, with what failed and the first cause.
    The sentence leaves out a part that is False, or that names a fact which the entry lacks."""
    failed = (text.failed for check, text in CHECKS.items() if e.has("failed", check))
    # The first cause on the entry, or None if it has no cause or this version does not know it.
    cause = next((cause for cause in CAUSES if cause in e.causes.split()[:1]), None)
    lead_in = "" if cause and are_causes_certain((cause,)) else "Most likely cause: "
    return (
        f"{e.by} checked the role {e.target}",
        e.verdict,
        *(f" {text}" for text in failed),
        cause is not None
        and e.has("failed", Check.RIGHT_ID)
        and f" {lead_in}{CAUSES[cause].message}",
        f" A lead overrode the check until {e.overridden_until:time}.",
    )


def _announce_check(e: Facts) -> Notice | None:
    """Return the notice that the role failed its check. A role has drifted if it passed before. A
    client can start checks repeatedly, so its failed checks of a role notify once an hour."""
    # An entry's details are texts. `passed` is missing from the entry that begins a check.
    if e.passed != "false":
        return None
    return Notice(
        f"The role {e.target} {'has drifted' if e.drifted else 'failed its check'}",
        f"Daypass still issues sessions until {e.overridden_until:time}, because a lead overrode"
        " the check."
        if e.overridden_until
        else "Daypass does not issue sessions for this role until the role passes a check or a lead"
        " overrides the check.",
        alerts="role-drifted" if e.drifted else "",
        hourly_key=("check", e.engagement, e.role)
        if e.record.actor == CLIENT and not e.drifted
        else (),
    )


def _describe_look_up(e: Facts) -> Text:
    """Return the sentence on a look-up of CloudTrail's events, with its verdict. `allowed` is false
    if the client no longer lets Daypass look events up. A passage is left out if the entry lacks
    its value (`Text`)."""
    if e.allowed == "false":
        return f"The client no longer lets Daypass look up CloudTrail events for {e.target}."
    # Here, "the trail" is Daypass's own audit trail.
    return (
        f"Daypass compared the CloudTrail events for {e.target} with the trail",
        f" for the period from {e.since:time}",
        f" to {e.until:time}",
        ".",
        f" Verdict: {e.result}.",
        f" {e.problems:whole}",
    )


def _announce_no_comparison(e: Facts) -> Notice | None:
    """Return the notice of events that Daypass could not compare, such as too many, with which
    someone may hide others. If AWS did not answer, the next look-up makes up for that."""
    if not (e.why or e.unread_checks):
        return None
    return Notice(
        f"CloudTrail events for {e.target} could not be compared",
        "Daypass may not have noticed sessions that were started without it. To compare the trail"
        " with the client's own CloudTrail files, run daypass reconcile.",
    )


def _name_policies(e: Facts) -> str:
    """Return the trust policies that the client reported, such as "the trust policies of audit and
    readonly in acme-prod"."""
    names = e.roles.split()
    policies = "trust policies" if len(names) > 1 else "trust policy"
    roles = join_words(f"{Fact(name)}" for name in names) if names else "roles"
    return f"the {policies} of {roles} in {e.engagement}"


TABLE: Table = {
    Action.ROLE_CREATE: lambda e: Event(
        (f"create a role in {e.engagement}", f": {e.role}"),
        (f"{e.by} created the role {e.target}", f". {e.changes:whole}", "."),
        _announce_role(e),
    ),
    Action.ROLE_CHANGE: lambda e: Event(
        f"change the role {e.target}",
        (f"{e.by} changed the role {e.target}", f". {e.changes:whole}", "."),
        _announce_role(e),
    ),
    Action.ROLE_END: lambda e: Event(
        f"end the role {e.target}",
        f"{e.by} ended the role {e.target}.",
        Notice(f"The role {e.target} was ended", "No one can get new sessions for this role."),
    ),
    Action.ROLE_VERIFY: lambda e: Event(
        f"check the role {e.target}", _describe_check(e), _announce_check(e)
    ),
    Action.ROLE_OVERRIDE: lambda e: Event(
        f"override the check of {e.target}",
        (
            f"{e.by} overrode the check of {e.target}",
            f" until {e.until:time}",
            ". Daypass can issue sessions for this role even if it is unverified.",
        ),
        Notice(f"A lead overrode the check of {e.target}", alerts="role-overridden"),
    ),
    Action.ROLE_OVERRIDE_END: lambda e: Event(
        f"end the override of {e.target}",
        (
            f"{e.by} ended the override of {e.target}",
            f", which was valid until {e.former_until:time}",
            ".",
        ),
    ),
    Action.ROLE_SETUP: lambda e: Event(
        f"choose the permissions of {e.target}",
        (
            f"{e.by} chose what the client creates for {e.target}",
            f". {e.changes:whole}",
            ".",
            e.asks_for == "everything" and " The policy gives the role administrator access.",
        ),
        Notice(
            f"A lead chose administrator permissions for {e.target}",
            "The client's page asks the client to apply this policy.",
            alerts="everything-asked",
        )
        if e.asks_for == "everything"
        else None,
    ),
    Action.DAILY_CHECK: lambda e: Event(
        f"check {e.target}",
        failed=(f"The daily check of {e.target} could not be completed.", f" {e.why}"),
        warning=Notice(
            f"{e.target} was not checked", "The result of the previous check still applies."
        ),
    ),
    Action.EVENTS_LOOK_UP: lambda e: Event(
        f"look up CloudTrail events for {e.target}",
        _describe_look_up(e),
        # Not of a vend without an event, which is on the trail: CloudTrail promises no delay.
        Notice(
            f"CloudTrail events for {e.target} do not match the trail",
            "To compare the trail with the client's own CloudTrail files, run daypass reconcile.",
            alerts="unexplained-events",
        )
        if e.grave
        else _announce_no_comparison(e),
        intended=f"Daypass began to look up CloudTrail events for {e.target}. If the client does"
        " not allow this, no result follows.",
        failed=(
            f"Daypass could not look up CloudTrail events for {e.target}.",
            f" {e.why}",
        ),
        warning=_announce_no_comparison(e),
    ),
    Action.ROLE_POLICY_REPLACED: lambda e: Event(
        f"report new trust policies of {e.engagement}",
        (
            f"{e.by} reported that it extended {_name_policies(e)}",
            f" until {e.until:time}",
            ". Daypass has not verified this.",
        ),
        Notice(
            f"The client of {e.engagement} reported new trust policies",
            "Daypass cannot verify the new policies until the end date of the old ones has passed.",
        ),
    ),
}
