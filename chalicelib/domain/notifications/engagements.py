"""Build the messages about trail entries on engagements, roles, grants and links. An entry without
a message is routine: Daypass notifies no one of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace

from chalicelib.domain.engagements.roles import RELAXATIONS, RoleRelaxation
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.notifications.message import (
    ROUTINE,
    Alert,
    Message,
    Rule,
    format_names,
)
from chalicelib.domain.notifications.notification import build_notification_key
from chalicelib.domain.trail import CLIENT, Action, Entry, Outcome
from chalicelib.domain.verification.diagnosis import are_causes_certain
from chalicelib.domain.verification.findings import CAUSES, CHECKS
from chalicelib.domain.verification.proof import Check

K = TypeVar("K", bound=str)

QUIET_AFTER_CLIENT_CHECK = timedelta(hours=1)
"""A client can start checks repeatedly. In this time Daypass notifies people at most once of failed
checks of the same role, or of remaining access to the same engagement."""


def _parse_moment(entry: Entry, name: str) -> datetime | None:
    """Return the time in the entry's detail of this name, or None if it holds no time."""
    try:
        return datetime.fromisoformat(entry.detail(name))
    except ValueError:
        return None


def _find_change(entry: Entry, name: str) -> tuple[datetime, datetime] | None:
    """Return the new and the previous time in the details `<name>` and `former_<name>`. Return None
    if the time has not changed."""
    new, previous = _parse_moment(entry, name), _parse_moment(entry, f"former_{name}")
    return None if new is None or previous is None or new == previous else (new, previous)


def _announce_creation(entry: Entry) -> Message | None:
    """Return a message if the new engagement has roles that allow chaining: their sessions can
    assume further roles."""
    if not entry.detail("chaining"):
        return None
    return Message(
        "Roles of {engagement} allow chaining",
        "{by} created {engagement}. Sessions of these roles may assume further roles: {chaining}. A"
        " cut-off, which denies older sessions of a role, does not end the further roles'"
        " sessions.",
        ("role-widened",),
    )


def _announce_engagement_change(entry: Entry) -> Message | None:
    """Return a message if the engagement's end or what agents may do has changed."""
    new_end = _announce_new_end(entry)
    if not entry.detail("former_agents"):
        return new_end
    if new_end is not None:
        text = f"{new_end.text} What agents may do changed from {{former_agents}} to {{agents}}."
        return replace(new_end, text=text)
    return Message(
        "What agents may do in {engagement} changed",
        "{by} changed what agents may do in {engagement} from {former_agents} to {agents}.",
    )


def _announce_new_end(entry: Entry) -> Message | None:
    """Return a message if the engagement's end has changed. The engagement's grants have entries of
    their own."""
    ends = _find_change(entry, "ends_at")
    if ends is None:
        return None
    new, previous = ends
    values = {"end": rfc3339(new), "then": rfc3339(previous)}
    if new < previous:
        text = "{by} moved the end of {engagement} from {then} to {end}."
        return Message("{engagement} ends earlier", text, values=values)
    next_step = ""
    if entry.detail("outdated_policies"):
        next_step = (
            " The client still has to update the trust policy of {outdated_policies}. The client's"
            " page explains how."
        )
    if "reopened" in entry.details:
        text = "{by} reopened {engagement}, which had ended at {then}. The new end is {end}."
        alerts = ("engagement-reopened",)
        return Message("{engagement} was reopened", text + next_step, alerts, values=values)
    text = "{by} renewed {engagement}. The engagement's end moved from {then} to {end}."
    return Message("{engagement} was renewed", text + next_step, values=values)


def _announce_remaining_access(entry: Entry) -> Message:
    """Return a message that a check after the engagement's end found roles that still trust
    Daypass. If a client started the check, limit how often Daypass notifies people."""
    is_by_client = entry.actor == CLIENT
    return Message(
        "Daypass still has access to {engagement}",
        "{engagement} is over, but Daypass can still assume roles in the client's AWS account. The"
        " trail names the roles. Ask the client to delete these roles, or to remove Daypass from"
        " their trust policies.",
        ("still-let-in",),
        key=build_notification_key("left", entry.engagement) if is_by_client else "",
        quiet_period=QUIET_AFTER_CLIENT_CHECK if is_by_client else timedelta(0),
    )


def _announce_role_change(entry: Entry) -> Message | None:
    """Return a message if the role is less strict than before, with each relaxation that this
    version knows."""
    relaxations = [
        relaxation for relaxation in RELAXATIONS if relaxation in entry.detail("widened").split()
    ]
    if not relaxations:
        return None
    sentences = [RELAXATIONS[relaxation] for relaxation in relaxations]
    if RoleRelaxation.OTHER_ARN in relaxations:
        sentences.append("The new ARN is {arn}. The former ARN is {former_arn}.")
    verb = "created" if entry.action is Action.ROLE_CREATE else "changed"
    return Message(
        "The role {role} is now less strict",
        f"{{by}} {verb} the role {{role}}. {' '.join(sentences)}",
        ("role-widened",),
    )


def _announce_role_setup(entry: Entry) -> Message | None:
    """Return a message if a lead chose a permissions policy that makes the role an
    administrator."""
    if entry.detail("asks_for") != "everything":
        return None
    return Message(
        "A lead chose administrator permissions for the role {role}",
        "{by} chose a permissions policy that makes the role {role} an administrator of the"
        " client's account. The client's page asks the client to apply that policy.",
        ("everything-asked",),
    )


def _announce_role_check(entry: Entry) -> Message | None:
    """Return a message if the role failed its check. The message names the failed part of the
    check, and says whether Daypass still gives sessions. It also names the likely cause if Daypass
    cannot assume the role. A role has drifted if it passed before and fails now."""
    if entry.detail("passed") != "false":
        return None
    failed_check, cause = (
        _find_first_known(CHECKS, entry, "failed"),
        _find_first_known(CAUSES, entry, "causes"),
    )
    has_drifted = "drifted" in entry.details
    sentences = ["{by} checked the role {role}. The role failed (grade F)."]
    if has_drifted:
        sentences.append("The role had passed before.")
    if failed_check:
        sentences.append(CHECKS[failed_check].failed)
    if cause and failed_check is Check.RIGHT_ID:
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
        key=build_notification_key("check", entry.engagement, entry.role) if is_repeatable else "",
        quiet_period=QUIET_AFTER_CLIENT_CHECK if is_repeatable else timedelta(0),
    )


def _find_first_known(known_names: Mapping[K, object], entry: Entry, name: str) -> K | None:
    """Return the first name in the entry's detail that this version of Daypass knows, or None."""
    names = entry.detail(name).split()
    return next(
        (known_name for text in names for known_name in known_names if known_name == text), None
    )


def _announce_failed_daily_check(entry: Entry) -> Message:
    """Return a message that the daily check could not check a role or an engagement."""
    subject = "The role {role}" if entry.role else "{engagement}"
    return Message(
        f"{subject} was not checked",
        f"The daily check could not check {subject[0].lower()}{subject[1:]}. {{why}} The result"
        " of the last check stays valid.",
    )


def _announce_grant_to_oneself(entry: Entry) -> Message | None:
    """Return a message if the lead granted access to themselves: such an entry has no subject."""
    if entry.subject:
        return None
    # A change's details are only the fields that changed.
    period = " ".join(
        f"{preposition} {{{name}}}"
        for preposition, name in (("from", "starts_at"), ("until", "ends_at"))
        if entry.detail(name)
    )
    terms = ", ".join(filter(None, ("roles {roles}" if entry.detail("roles") else "", period)))
    return Message(
        "{member} granted themselves access",
        f"{{member}} granted themselves access to {{engagement}}: {terms}.",
        ("grant-to-oneself",),
        mentions_member=True,
    )


def _announce_grant_change(entry: Entry) -> Message | None:
    """Return a message if the grant was reduced, or if a lead changed their own grant.

    A change can both reduce and extend a grant. For a lead's own grant the extension counts, and
    for another member's grant the reduction.
    """
    ends, starts = _find_change(entry, "ends_at"), _find_change(entry, "starts_at")
    roles, former_roles = (set(entry.detail(name).split()) for name in ("roles", "former_roles"))
    ends_earlier, lost_roles = ends is not None and ends[0] < ends[1], former_roles - roles
    starts_earlier = starts is not None and starts[0] < starts[1]
    is_longer = (ends is not None and not ends_earlier) or starts_earlier
    is_extended = is_longer or bool(former_roles and roles - former_roles)
    if not (ends_earlier or lost_roles) or (is_extended and not entry.subject):
        return _announce_grant_to_oneself(entry)
    sentences, values = ["{by} reduced {member}'s grant for {engagement}."], {}
    if ends is not None and ends_earlier:
        sentences.append("The grant's end moved from {then} to {end}.")
        values = {"end": rfc3339(ends[0]), "then": rfc3339(ends[1])}
    if lost_roles:
        sentences.append("The grant no longer includes {lost}.")
        values["lost"] = format_names(" ".join(sorted(lost_roles)))
    return Message(
        "{member} has less access to {engagement}",
        " ".join(sentences),
        values=values,
        mentions_member=True,
    )


def _build_engagement_message(participle: str, consequence: str, *alerts: Alert) -> Message:
    """Return a message that the actor `closed` the engagement, for example, with the
    consequence."""
    text = f"{{by}} {participle} {{engagement}}. {consequence}"
    return Message(f"{{engagement}} was {participle}", text, alerts)


TABLE: Mapping[Action, Rule] = {
    Action.ENGAGEMENT_CREATE: _announce_creation,
    Action.ENGAGEMENT_IMPORT: Message(
        "{engagement} has an imported external ID",
        "{by} imported {engagement} from an AWS profile. Everyone with that profile knows the"
        " external ID. Rotate the external ID.",
        ("external-id-imported",),
    ),
    Action.ENGAGEMENT_CHANGE: _announce_engagement_change,
    Action.ENGAGEMENT_RENEW: _announce_engagement_change,
    Action.ENGAGEMENT_CLOSE: _build_engagement_message(
        "closed", "Daypass gives no more sessions for this engagement."
    ),
    Action.ENGAGEMENT_REVOKE: _build_engagement_message(
        "revoked", "Daypass gives no more sessions for this engagement."
    ),
    # Each engagement has a notification of its own.
    Action.CLIENT_REVOKE: ROUTINE,
    Action.ENGAGEMENT_REOPEN: _build_engagement_message(
        "reopened", "Its roles and grants are unchanged.", "engagement-reopened"
    ),
    Action.ENGAGEMENT_LEAVE: Message(
        "Daypass no longer has access to {engagement}",
        "{engagement} is over, and every role of the engagement refused Daypass in the"
        " access-removal check.",
    ),
    Action.EXTERNAL_ID_ROTATE: ROUTINE,
    Action.EXTERNAL_ID_PROMOTE: ROUTINE,
    Action.EXTERNAL_ID_RETIRE: ROUTINE,
    Action.ROLE_CREATE: _announce_role_change,
    Action.ROLE_CHANGE: _announce_role_change,
    Action.ROLE_END: Message(
        "The role {role} has ended",
        "{by} ended the role {role}. Daypass gives no more sessions from this role.",
    ),
    Action.ROLE_VERIFY: _announce_role_check,
    Action.DAILY_CHECK: ROUTINE,
    Action.ROLE_OVERRIDE: Message(
        "A lead overrode the check of the role {role}",
        "{by} overrode the check of the role {role}. Until {until}, Daypass gives sessions from the"
        " role even if its checks fail.",
        ("role-overridden",),
    ),
    Action.ROLE_OVERRIDE_END: ROUTINE,
    Action.ROLE_SETUP: _announce_role_setup,
    Action.ROLE_POLICY_REPLACED: Message(
        "The client of {engagement} reported new trust policies",
        "The client of {engagement} reported that the trust policies of these roles now end at"
        " {until}: {roles}. Daypass cannot verify this before the policies' previous end.",
    ),
    Action.LINK_CREATE: ROUTINE,
    Action.LINK_REVOKE: Message(
        "A link of {engagement} was revoked",
        "{by} revoked the link {link} to the client's page.",
    ),
    Action.LINK_CHECK: ROUTINE,
    Action.GRANT_CREATE: _announce_grant_to_oneself,
    Action.GRANT_CHANGE: _announce_grant_change,
    Action.GRANT_REVIEW: ROUTINE,
    Action.GRANT_REVOKE: Message(
        "{member} no longer has access to {engagement}",
        "{by} revoked {member}'s grant for {engagement}. {member} gets no more sessions for"
        " this engagement.",
        mentions_member=True,
    ),
}

NOT_DONE: Mapping[tuple[Action, Outcome], Rule] = {
    (Action.ENGAGEMENT_LEAVE, Outcome.REFUSED): _announce_remaining_access,
    (Action.DAILY_CHECK, Outcome.FAILED): _announce_failed_daily_check,
}
