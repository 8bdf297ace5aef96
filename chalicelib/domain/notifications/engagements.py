"""Define which entries about engagements, roles, grants and links people are notified of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.domain.engagements.roles import RELAXATIONS, RoleRelaxation
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.notifications.message import (
    ROUTINE,
    Alert,
    Message,
    Rule,
    comma_separated,
)
from chalicelib.domain.notifications.notification import notification_key
from chalicelib.domain.trail import CLIENT, Action, Entry, Outcome
from chalicelib.domain.verification.diagnosis import are_causes_certain
from chalicelib.domain.verification.findings import CAUSES, CHECKS
from chalicelib.domain.verification.proof import Check

K = TypeVar("K", bound=str)

BETWEEN_CHECKS = timedelta(hours=1)
"""A client can start checks repeatedly. People are notified of them once in this time."""


def _moment(entry: Entry, name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(entry.detail(name))
    except ValueError:
        return None


def _change(entry: Entry, name: str) -> tuple[datetime, datetime] | None:
    """Return the new and the previous moment of this name, or None if it has not changed."""
    new, previous = _moment(entry, name), _moment(entry, f"former_{name}")
    return None if new is None or previous is None or new == previous else (new, previous)


def _opened(entry: Entry) -> Message | None:
    if not entry.detail("chaining"):
        return None
    return Message(
        "Roles of {engagement} allow chaining",
        "{by} created {engagement}. Sessions of {chaining} can assume further roles, and a cut-off"
        " does not end those sessions.",
        ("role-widened",),
    )


def _engagement_changed(entry: Entry) -> Message | None:
    """Return a message if the end has changed. Grants have their own entries."""
    ends = _change(entry, "ends_at")
    if ends is None:
        return None
    new, previous = ends
    values = {"end": rfc3339(new), "then": rfc3339(previous)}
    if new < previous:
        text = "{by} moved the end of {engagement} from {then} to {end}."
        return Message("{engagement} ends earlier", text, values=values)
    step = ""
    if entry.detail("outdated_policies"):
        step = (
            " The client still has to update the trust policy of {outdated_policies}, as their page"
            " explains."
        )
    if "reopened" in entry.details:
        text = "{by} reopened {engagement}, which had ended at {then}. The new end is {end}."
        alerts = ("engagement-reopened",)
        return Message("{engagement} is reopened", text + step, alerts, values=values)
    text = "{by} renewed {engagement}. Its end moved from {then} to {end}."
    return Message("{engagement} is renewed", text + step, values=values)


def _access_remains(entry: Entry) -> Message:
    is_clients = entry.actor == CLIENT
    return Message(
        "Daypass still has access to {engagement}",
        "{engagement} is over, but Daypass can still assume roles in the client's AWS account. The"
        " trail names the roles. Ask the client to delete them or their trust policies.",
        ("still-let-in",),
        key=notification_key("left", entry.engagement) if is_clients else "",
        silent=BETWEEN_CHECKS if is_clients else timedelta(0),
    )


def _role_widened(entry: Entry) -> Message | None:
    relaxations = [
        relaxation for relaxation in RELAXATIONS if relaxation in entry.detail("widened").split()
    ]
    if not relaxations:
        return None
    sentences = [RELAXATIONS[relaxation] for relaxation in relaxations]
    if RoleRelaxation.OTHER_ARN in relaxations:
        sentences.append("Now: {arn}. Before: {former_arn}.")
    return Message(
        "The role {role} is less strict",
        f"{{by}} changed the role {{role}}. {' '.join(sentences)}",
        ("role-widened",),
    )


def _everything_asked(entry: Entry) -> Message | None:
    if entry.detail("asks_for") != "everything":
        return None
    return Message(
        "The role {role} asks for administrator permissions",
        "{by} chose a permissions policy for the role {role} that makes it an administrator of the"
        " client's account. The client's page asks for that policy.",
        ("everything-asked",),
    )


def _role_verified(entry: Entry) -> Message | None:
    if entry.detail("passed") != "false":
        return None
    failed, cause = _first(CHECKS, entry, "failed"), _first(CAUSES, entry, "causes")
    has_drifted = "drifted" in entry.details
    sentences = ["{by} checked the role {role}. It failed (grade F)."]
    if has_drifted:
        sentences.append("It had passed before.")
    if failed:
        sentences.append(CHECKS[failed].failed)
    if cause and failed is Check.RIGHT_ID:
        lead_in = "" if are_causes_certain((cause,)) else "Most likely: "
        sentences.append(lead_in + CAUSES[cause].message)
    if entry.detail("overridden_until"):
        sentences.append(
            "A lead overrode the check, so Daypass still gives sessions until {overridden_until}."
        )
    else:
        sentences.append(
            "Daypass gives no session from this role until it passes a check, or a lead overrides"
            " the check."
        )
    is_repeatable = entry.actor == CLIENT and not has_drifted
    return Message(
        "The role {role} has drifted" if has_drifted else "The role {role} has failed its check",
        " ".join(sentences),
        ("role-drifted",) if has_drifted else (),
        key=notification_key("check", entry.engagement, entry.role) if is_repeatable else "",
        silent=BETWEEN_CHECKS if is_repeatable else timedelta(0),
    )


def _first(known_names: Mapping[K, object], entry: Entry, name: str) -> K | None:
    """Return the first name in this detail that this version knows."""
    names = entry.detail(name).split()
    return next(
        (known_name for text in names for known_name in known_names if known_name == text), None
    )


def _not_checked(entry: Entry) -> Message:
    subject = "The role {role}" if entry.role else "{engagement}"
    return Message(
        f"{subject} was not checked",
        f"The daily check could not check {subject[0].lower()}{subject[1:]}. {{why}} The last"
        " result stays valid.",
    )


def _grant_given(entry: Entry) -> Message | None:
    """Return a message only for a lead's grant to themselves."""
    if entry.subject:
        return None
    # A change's details are only the fields that changed.
    span = " ".join(
        f"{preposition} {{{name}}}"
        for preposition, name in (("from", "starts_at"), ("to", "ends_at"))
        if entry.detail(name)
    )
    terms = ", ".join(filter(None, ("roles {roles}" if entry.detail("roles") else "", span)))
    return Message(
        "{member} granted themselves access",
        f"{{member}} granted themselves access to {{engagement}}: {terms}.",
        ("grant-to-oneself",),
        mentions_member=True,
    )


def _grant_changed(entry: Entry) -> Message | None:
    """Return a message for a lead's own grant, or if another's grant was reduced."""
    ends, starts = _change(entry, "ends_at"), _change(entry, "starts_at")
    roles, former_roles = (set(entry.detail(name).split()) for name in ("roles", "former_roles"))
    is_cut, lost = ends is not None and ends[0] < ends[1], former_roles - roles
    is_longer = (ends is not None and not is_cut) or (starts is not None and starts[0] < starts[1])
    gains = is_longer or bool(former_roles and roles - former_roles)
    if not (is_cut or lost) or (gains and not entry.subject):
        return _grant_given(entry)
    sentences, values = ["{by} reduced {member}'s grant for {engagement}."], {}
    if ends is not None and is_cut:
        sentences.append("Its end moved from {then} to {end}.")
        values = {"end": rfc3339(ends[0]), "then": rfc3339(ends[1])}
    if lost:
        sentences.append("It no longer includes {lost}.")
        values["lost"] = comma_separated(" ".join(sorted(lost)))
    return Message(
        "{member} has less access to {engagement}",
        " ".join(sentences),
        values=values,
        mentions_member=True,
    )


def _engagement_is(participle: str, consequence: str, *alerts: Alert) -> Message:
    text = f"{{by}} {participle} {{engagement}}. {consequence}"
    return Message(f"{{engagement}} is {participle}", text, alerts)


TABLE: Mapping[Action, Rule] = {
    Action.ENGAGEMENT_CREATE: _opened,
    Action.ENGAGEMENT_IMPORT: Message(
        "{engagement} has an imported external ID",
        "{by} imported {engagement} from an AWS profile. Everyone with that profile knows the"
        " external ID. Rotate it.",
        ("external-id-imported",),
    ),
    Action.ENGAGEMENT_CHANGE: _engagement_changed,
    Action.ENGAGEMENT_RENEW: _engagement_changed,
    Action.ENGAGEMENT_CLOSE: _engagement_is("closed", "Daypass vends no more sessions there."),
    Action.ENGAGEMENT_REVOKE: _engagement_is("revoked", "Daypass vends no more sessions there."),
    Action.ENGAGEMENT_REOPEN: _engagement_is(
        "reopened", "Its roles and grants are unchanged.", "engagement-reopened"
    ),
    Action.ENGAGEMENT_LEAVE: Message(
        "Daypass has no more access to {engagement}",
        "{engagement} is over, and Daypass saw every one of its roles refuse it.",
    ),
    Action.EXTERNAL_ID_ROTATE: ROUTINE,
    Action.EXTERNAL_ID_PROMOTE: ROUTINE,
    Action.EXTERNAL_ID_RETIRE: ROUTINE,
    Action.ROLE_CREATE: _role_widened,
    Action.ROLE_CHANGE: _role_widened,
    Action.ROLE_END: Message(
        "The role {role} has ended",
        "{by} ended the role {role}. Daypass vends no more sessions from it.",
    ),
    Action.ROLE_VERIFY: _role_verified,
    Action.DAILY_CHECK: ROUTINE,
    Action.ROLE_OVERRIDE: Message(
        "The check of the role {role} is overridden",
        "{by} overrode the check of the role {role}. Until {until}, Daypass gives sessions from the"
        " role even if its checks fail.",
        ("role-overridden",),
    ),
    Action.ROLE_OVERRIDE_END: ROUTINE,
    Action.ROLE_SETUP: _everything_asked,
    Action.ROLE_POLICY_REPLACED: Message(
        "The client of {engagement} reports new trust policies",
        "The client of {engagement} reports that the trust policies of these roles now end at"
        " {until}: {roles}. Daypass cannot verify this before the previous end.",
    ),
    Action.LINK_CREATE: ROUTINE,
    Action.LINK_REVOKE: Message(
        "A link of {engagement} is revoked",
        "{by} revoked the link {link} to the client's page.",
    ),
    Action.LINK_CHECK: ROUTINE,
    Action.GRANT_CREATE: _grant_given,
    Action.GRANT_CHANGE: _grant_changed,
    Action.GRANT_REVOKE: Message(
        "{member} has no more access to {engagement}",
        "{by} revoked {member}'s grant for {engagement}. They get no more sessions there.",
        mentions_member=True,
    ),
}

NOT_DONE: Mapping[tuple[Action, Outcome], Rule] = {
    (Action.ENGAGEMENT_LEAVE, Outcome.REFUSED): _access_remains,
    (Action.DAILY_CHECK, Outcome.FAILED): _not_checked,
}
