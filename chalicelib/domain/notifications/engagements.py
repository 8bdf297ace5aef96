"""Which entries about engagements, their roles, grants and links people are notified of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.domain.engagements.roles import WIDENINGS, Widening
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.notifications.message import (
    ROUTINE,
    Alert,
    Message,
    Rule,
    listed,
)
from chalicelib.domain.notifications.notification import notification_key
from chalicelib.domain.trail import CLIENT, Action, Entry, Outcome
from chalicelib.domain.verification.diagnosis import is_certain
from chalicelib.domain.verification.findings import CAUSES, CHECKS
from chalicelib.domain.verification.proof import Check

K = TypeVar("K", bound=str)

BETWEEN_CHECKS = timedelta(hours=1)
"""People are notified once in this time of a client who presses "Check" again and again."""


def _moment(entry: Entry, name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(entry.detail(name))
    except ValueError:
        return None


def _change(entry: Entry, name: str) -> tuple[datetime, datetime] | None:
    """Return the new moment of this name and the former one. None if it has not changed."""
    new, former = _moment(entry, name), _moment(entry, f"former_{name}")
    return None if new is None or former is None or new == former else (new, former)


def _opened(entry: Entry) -> Message | None:
    if not entry.detail("chaining"):
        return None
    return Message(
        "Roles of {engagement} allow chaining",
        "{by} has opened {engagement}. Sessions of {chaining} may assume further roles, which a"
        " cut-off does not end.",
        ("role-widened",),
    )


def _engagement_changed(entry: Entry) -> Message | None:
    """Of a renewal with the same end only the grants' own entries say what it did."""
    ends = _change(entry, "ends_at")
    if ends is None:
        return None
    new, former = ends
    values = {"end": rfc3339(new), "then": rfc3339(former)}
    if new < former:
        text = "{by} has given {engagement} an earlier end: {end}, and not {then} any more."
        return Message("{engagement} ends earlier", text, values=values)
    step = ""
    if entry.detail("outdated_policies"):
        step = (
            " The client still has to update the trust policy of {outdated_policies}: their page"
            " says how."
        )
    if "reopened" in entry.details:
        text = "{by} has reopened {engagement}, which had ended at {then}: it goes on until {end}."
        alerts = ("engagement-reopened",)
        return Message("{engagement} is reopened", text + step, alerts, values=values)
    text = "{by} has renewed {engagement}: it goes on until {end}. Until now its end was {then}."
    return Message("{engagement} is renewed", text + step, values=values)


def _still_let_in(entry: Entry) -> Message:
    is_clients = entry.actor == CLIENT
    return Message(
        "{engagement} still lets us in",
        "{engagement} is over, and the client's AWS account still lets us in. The trail names the"
        " roles; the client removes them or their trust.",
        ("still-let-in",),
        key=notification_key("left", entry.engagement) if is_clients else "",
        silent=BETWEEN_CHECKS if is_clients else timedelta(0),
    )


def _role_widened(entry: Entry) -> Message | None:
    ways = [way for way in WIDENINGS if way in entry.detail("widened").split()]
    if not ways:
        return None
    said = [WIDENINGS[way] for way in ways]
    if Widening.OTHER_ARN in ways:
        said.append("Now: {arn}. Before: {former_arn}.")
    return Message(
        "The role {role} has other rules",
        f"{{by}} has changed the role {{role}}. {' '.join(said)}",
        ("role-widened",),
    )


def _everything_asked(entry: Entry) -> Message | None:
    if entry.detail("asks_for") != "everything":
        return None
    return Message(
        "The client is asked for everything in {role}",
        "{by} has chosen a permissions policy for the role {role} that makes it an administrator of"
        " the client's account. The client's page asks for that.",
        ("everything-asked",),
    )


def _role_verified(entry: Entry) -> Message | None:
    if entry.detail("passed") != "false":
        return None
    failed, cause = _first(CHECKS, entry, "failed"), _first(CAUSES, entry, "causes")
    has_drifted = "drifted" in entry.details
    said = ["{by} has checked the role {role}: it did not pass (grade F)."]
    if has_drifted:
        said.append("It was proven safe before.")
    if failed:
        said.append(CHECKS[failed].failed)
    if cause and failed is Check.RIGHT_ID:
        lead_in = "" if is_certain((cause,)) else "The likeliest cause: "
        said.append(lead_in + CAUSES[cause].message)
    if entry.detail("overridden_until"):
        said.append("By an override it is still vended from until {overridden_until}.")
    else:
        said.append("Nothing is vended from it until it has passed, unless a lead overrides it.")
    is_repeatable = entry.actor == CLIENT and not has_drifted
    return Message(
        "The role {role} has drifted" if has_drifted else "The role {role} has failed its check",
        " ".join(said),
        ("role-drifted",) if has_drifted else (),
        key=notification_key("check", entry.engagement, entry.role) if is_repeatable else "",
        silent=BETWEEN_CHECKS if is_repeatable else timedelta(0),
    )


def _first(known: Mapping[K, object], entry: Entry, name: str) -> K | None:
    """Return the first of the names in this detail that this version knows."""
    named = entry.detail(name).split()
    return next((one for text in named for one in known if one == text), None)


def _not_checked(entry: Entry) -> Message:
    what = "The role {role}" if entry.role else "{engagement}"
    return Message(
        f"{what} was not checked",
        f"The daily check could not check {what[0].lower()}{what[1:]}. {{why}} What was known of it"
        " stands.",
    )


def _grant_given(entry: Entry) -> Message | None:
    """Only what leads give themselves."""
    if entry.subject:
        return None
    # The details of a change are what it has changed.
    span = " ".join(
        f"{word} {{{name}}}"
        for word, name in (("from", "starts_at"), ("to", "ends_at"))
        if entry.detail(name)
    )
    terms = ", ".join(filter(None, ("in the roles {roles}" if entry.detail("roles") else "", span)))
    return Message(
        "{member} has a grant from themself",
        f"{{member}} may enter {{engagement}} by their own grant: {terms}.",
        ("grant-to-oneself",),
        mentions_member=True,
    )


def _grant_changed(entry: Entry) -> Message | None:
    """Of another's grant only what was taken away."""
    ends, starts = _change(entry, "ends_at"), _change(entry, "starts_at")
    roles, former = (set(entry.detail(name).split()) for name in ("roles", "former_roles"))
    is_cut, lost = ends is not None and ends[0] < ends[1], former - roles
    is_longer = (ends is not None and not is_cut) or (starts is not None and starts[0] < starts[1])
    gains = is_longer or bool(former and roles - former)
    if not (is_cut or lost) or (gains and not entry.subject):
        return _grant_given(entry)
    said, values = ["{by} has cut the grant of {member} for {engagement}."], {}
    if ends is not None and is_cut:
        said.append("It ends at {end}, and not at {then} any more.")
        values = {"end": rfc3339(ends[0]), "then": rfc3339(ends[1])}
    if lost:
        said.append("It is not for {lost} any more.")
        values["lost"] = listed(" ".join(sorted(lost)))
    return Message(
        "{member} may do less in {engagement}", " ".join(said), values=values, mentions_member=True
    )


def _engagement_is(what: str, then: str, *alerts: Alert) -> Message:
    text = f"{{by}} has {what} {{engagement}}: {then}"
    return Message(f"{{engagement}} is {what}", text, alerts)


TABLE: Mapping[Action, Rule] = {
    Action.ENGAGEMENT_CREATE: _opened,
    Action.ENGAGEMENT_IMPORT: Message(
        "{engagement} is imported with an external ID chosen elsewhere",
        "{by} has imported {engagement} from a profile. Whoever has the profile knows the"
        " external ID: rotate it.",
        ("external-id-imported",),
    ),
    Action.ENGAGEMENT_CHANGE: _engagement_changed,
    Action.ENGAGEMENT_RENEW: _engagement_changed,
    Action.ENGAGEMENT_CLOSE: _engagement_is("closed", "nobody gets a new session there."),
    Action.ENGAGEMENT_REVOKE: _engagement_is("revoked", "nobody gets a new session there."),
    Action.ENGAGEMENT_REOPEN: _engagement_is(
        "reopened", "its roles and grants stand as they were.", "engagement-reopened"
    ),
    Action.ENGAGEMENT_LEAVE: Message(
        "{engagement} refuses us",
        "{engagement} is over, and every role that it named refuses us.",
    ),
    Action.EXTERNAL_ID_ROTATE: ROUTINE,
    Action.EXTERNAL_ID_PROMOTE: ROUTINE,
    Action.EXTERNAL_ID_RETIRE: ROUTINE,
    Action.ROLE_CREATE: _role_widened,
    Action.ROLE_CHANGE: _role_widened,
    Action.ROLE_END: Message(
        "The role {role} has ended",
        "{by} has ended the role {role}: nobody gets a new session of it.",
    ),
    Action.ROLE_VERIFY: _role_verified,
    Action.DAILY_CHECK: ROUTINE,
    Action.ROLE_OVERRIDE: Message(
        "The role {role} is overridden",
        "{by} has overridden the role {role}: it is vended from until {until}, whatever its"
        " checks say.",
        ("role-overridden",),
    ),
    Action.ROLE_OVERRIDE_END: ROUTINE,
    Action.ROLE_SETUP: _everything_asked,
    Action.ROLE_POLICY_REPLACED: Message(
        "{engagement} has new trust policies, the client says",
        "The client of {engagement} says that the trust policies of these roles now end at"
        " {until}: {roles}. No check can see it before the former end.",
    ),
    Action.LINK_CREATE: ROUTINE,
    Action.LINK_REVOKE: Message(
        "A link of {engagement} is revoked",
        "{by} has revoked the link {link} to the client's page.",
    ),
    Action.LINK_CHECK: ROUTINE,
    Action.GRANT_CREATE: _grant_given,
    Action.GRANT_CHANGE: _grant_changed,
    Action.GRANT_REVOKE: Message(
        "{member} is off {engagement}",
        "{by} has revoked the grant of {member} for {engagement}: no further sessions there.",
        mentions_member=True,
    ),
}

NOT_DONE: Mapping[tuple[Action, Outcome], Rule] = {
    (Action.ENGAGEMENT_LEAVE, Outcome.REFUSED): _still_let_in,
    (Action.DAILY_CHECK, Outcome.FAILED): _not_checked,
}
