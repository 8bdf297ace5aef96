"""What people are told of engagements, their roles, grants and links."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.notifications.notification import notification_key
from chalicelib.domain.notifications.wording import (
    LONGEST_TEXT,
    Says,
    Table,
    Words,
    actor_of,
    detail,
    first_of,
    moment,
    role_of,
    value,
    whose,
)
from chalicelib.domain.trail import CLIENT, Action, Entry, Outcome
from chalicelib.domain.verification.findings import CAUSES, CHECKS
from chalicelib.domain.verification.proof import Check

BETWEEN_CHECKS = timedelta(hours=1)
"""Of a client who presses "Check" again and again people are told once in this time."""


def _engagement_is(what: str, says: str, *, grave: bool = False) -> Says:
    def words(entry: Entry) -> Words:
        place, by = value(entry.engagement), actor_of(entry)
        text = f"{by} has {what} {place}: {says}"
        return Words(title=f"{place} is {what}", says=text, grave=grave)

    return words


def _engagement_changed(entry: Entry) -> Words | None:
    """A later end is good news, and an earlier one is not. Of a renewal with the same end only the
    grants' own entries say what it did."""
    place, by = value(entry.engagement), actor_of(entry)
    ends_at, former = moment(entry, "ends_at"), moment(entry, "former_ends_at")
    if ends_at is None or former is None or ends_at == former:
        return None
    end, then = rfc3339(ends_at), rfc3339(former)
    if ends_at < former:
        says = f"{by} has given {place} an earlier end: {end}, and not {then} any more."
        return Words(title=f"{place} ends earlier", says=says)
    step = ""
    if outdated := entry.details.get("outdated_policies", "").split():
        roles = value(", ".join(outdated), LONGEST_TEXT)
        step = f" The client still has to update the trust policy of {roles}: their page says how."
    if former <= entry.at:
        says = f"{by} has reopened {place}, which had ended at {then}: it goes on until {end}."
        return Words(title=f"{place} is reopened", says=says + step, grave=True)
    says = f"{by} has renewed {place}: it goes on until {end}. Until now its end was {then}."
    return Words(title=f"{place} is renewed", says=says + step)


def _policy_replaced(entry: Entry) -> Words:
    place = value(entry.engagement)
    roles = value(", ".join(entry.details.get("roles", "").split()), LONGEST_TEXT)
    return Words(
        title=f"{place} has new trust policies, the client says",
        says=f"The client of {place} says that the trust policies of these roles now end at"
        f" {detail(entry, 'until')}: {roles}. No check can see it before the former end.",
    )


def _grant_given(entry: Entry) -> Words | None:
    if entry.subject:
        return None
    place, who = value(entry.engagement), whose(entry)
    roles = value(entry.details.get("roles", ""), LONGEST_TEXT)
    since, until = detail(entry, "starts_at"), detail(entry, "ends_at")
    # Of a change, what it has changed.
    terms = [f"in the roles {roles}" if roles else ""]
    terms += [" ".join(filter(None, (since and f"from {since}", until and f"to {until}")))]
    return Words(
        title=f"{who} has a grant from themself",
        says=f"{who} may enter {place} by their own grant: {', '.join(filter(None, terms))}.",
        about=who,
        grave=True,
    )


def _grant_changed(entry: Entry) -> Words | None:
    """Of another's only what was taken away."""
    place, who = value(entry.engagement), whose(entry)
    ends_at, former = moment(entry, "ends_at"), moment(entry, "former_ends_at")
    kept = entry.details.get("roles", "").split()
    lost = sorted(set(entry.details.get("former_roles", "").split()) - set(kept))
    said = []
    if ends_at is not None and former is not None and ends_at < former:
        said.append(f"It ends at {rfc3339(ends_at)}, and not at {rfc3339(former)} any more.")
    if lost:
        said.append(f"It is not for {value(', '.join(lost), LONGEST_TEXT)} any more.")
    if not said:
        return _grant_given(entry)
    says = f"{actor_of(entry)} has cut the grant of {who} for {place}. {' '.join(said)}"
    return Words(title=f"{who} may do less in {place}", says=says, about=who)


def _grant_revoked(entry: Entry) -> Words:
    place, who, by = value(entry.engagement), whose(entry), actor_of(entry)
    says = f"{by} has revoked the grant of {who} for {place}: no further sessions there."
    return Words(title=f"{who} is off {place}", says=says, about=who)


def _role_ended(entry: Entry) -> Words:
    role = role_of(entry)
    says = f"{actor_of(entry)} has ended the role {role}: nobody gets a new session of it."
    return Words(title=f"The role {role} has ended", says=says)


def _role_overridden(entry: Entry) -> Words:
    role = role_of(entry)
    return Words(
        title=f"The role {role} is overridden",
        says=f"{actor_of(entry)} has overridden the role {role}: it is vended from until"
        f" {detail(entry, 'until')}, whatever its checks say.",
        grave=True,
    )


def _role_verified(entry: Entry) -> Words | None:
    if entry.details.get("passed") != "false":
        return None
    role, found = role_of(entry), first_of(CHECKS, entry.details.get("failed", ""))
    has_drifted = "drifted" in entry.details
    said = [f"{actor_of(entry)} has checked the role {role}: it did not pass (grade F)."]
    if has_drifted:
        said.append("It was proven safe before.")
    if found:
        said.append(CHECKS[found].failed)
    cause = first_of(CAUSES, entry.details.get("causes", ""))
    if cause and found is Check.RIGHT_ID:
        said.append(f"The likeliest cause: {CAUSES[cause].says}")
    said.append("Nothing is vended from it until it has passed, unless a lead overrides it.")
    is_clients = entry.actor == CLIENT and not has_drifted
    return Words(
        title=f"The role {role} has {'drifted' if has_drifted else 'failed its check'}",
        says=" ".join(said),
        key=notification_key("check", entry.engagement, entry.role) if is_clients else "",
        silent=BETWEEN_CHECKS if is_clients else timedelta(0),
        grave=has_drifted,
    )


def _still_let_in(entry: Entry) -> Words:
    place = value(entry.engagement)
    return Words(
        title=f"{place} still lets us in",
        says=f"{place} is over, and the client's AWS account still lets us in. The trail names the"
        " roles; the client removes them or their trust.",
        grave=True,
    )


def _link_revoked(entry: Entry) -> Words:
    place = value(entry.engagement)
    says = f"{actor_of(entry)} has revoked the link {detail(entry, 'link')} to the client's page."
    return Words(title=f"A link of {place} is revoked", says=says)


_NOBODY = "nobody gets a new session there."
_AGAIN = "its roles and grants stand as they were."
TABLE: Table = {
    (Action.ENGAGEMENT_CHANGE, Outcome.DONE): _engagement_changed,
    (Action.ENGAGEMENT_RENEW, Outcome.DONE): _engagement_changed,
    (Action.ROLE_POLICY_REPLACED, Outcome.DONE): _policy_replaced,
    (Action.ENGAGEMENT_CLOSE, Outcome.DONE): _engagement_is("closed", _NOBODY),
    (Action.ENGAGEMENT_REVOKE, Outcome.DONE): _engagement_is("revoked", _NOBODY),
    (Action.ENGAGEMENT_REOPEN, Outcome.DONE): _engagement_is("reopened", _AGAIN, grave=True),
    (Action.ENGAGEMENT_LEAVE, Outcome.REFUSED): _still_let_in,
    (Action.ROLE_END, Outcome.DONE): _role_ended,
    (Action.ROLE_OVERRIDE, Outcome.DONE): _role_overridden,
    (Action.ROLE_VERIFY, Outcome.DONE): _role_verified,
    (Action.LINK_REVOKE, Outcome.DONE): _link_revoked,
    (Action.GRANT_CREATE, Outcome.DONE): _grant_given,
    (Action.GRANT_CHANGE, Outcome.DONE): _grant_changed,
    (Action.GRANT_REVOKE, Outcome.DONE): _grant_revoked,
}
