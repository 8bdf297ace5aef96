"""The events of engagements, external IDs, grants and links to the client's page."""

from __future__ import annotations

from chalicelib.domain.evidence.events import Event, Facts, MemberNotice, Notice, Table
from chalicelib.domain.trail import CLIENT, Action

_NO_SESSIONS = "No one can get new sessions in this engagement."
_CHAINING = (
    "Sessions of {} may assume further roles. A cut-off denies older sessions of a role, but does"
    " not end the sessions of those further roles."
)


def _describe_new(e: Facts) -> tuple[str, ...]:
    """Return the passages on a new engagement's client, account and period."""
    return (
        f" for {e.client}",
        f" in the AWS account {e.account_id}",
        f". The engagement starts on {e.starts_at:time}",
        f"{' and' if e.starts_at else '. The engagement'} ends on {e.ends_at:time}",
        ".",
    )


def _describe_reach(e: Facts) -> tuple[str | bool, ...]:
    """Return the passages on what a change of the end has reopened, and on what the client still
    has to update."""
    return (
        e.reopened and " The engagement had already ended.",
        f" Trust policies that the client still had to update: {e.outdated_policies:names}.",
    )


def _compare_times(e: Facts, field: str) -> int:
    """Return 1 if the time in this field is later than before, -1 if it is earlier, and 0 if it has
    not changed."""
    new, former = (getattr(e, name).moment() for name in (field, f"former_{field}"))
    return 0 if new is None or former is None else (new > former) - (new < former)


def _announce_change(e: Facts) -> Notice | None:
    """Return the notice of the engagement's new end or, if that is unchanged, of a change in what
    agents may do. Its grants have entries of their own."""
    moved = _compare_times(e, "ends_at")  # below 0 if the new end is earlier
    # The sentence before it names the trust policies that the client must update.
    how_to_update = "The client's page explains how to update them." if e.outdated_policies else ""
    if moved < 0:
        return Notice(f"{e.engagement} now ends earlier")
    if moved and e.reopened:
        return Notice(f"{e.engagement} was reopened", how_to_update, alerts="engagement-reopened")
    if moved:
        return Notice(f"{e.engagement} was renewed", how_to_update)
    # An entry has the former value of a field only if that field has changed.
    return Notice(f"Agent access to {e.engagement} has changed") if e.former_agents else None


def _name_remaining_roles(e: Facts) -> str:
    """Return the roles that Daypass could still assume, after their noun."""
    noun = "these roles:" if e.still_let_in.split()[1:] else "the role"
    return f"{noun} {e.still_let_in:names}"


def _announce_remaining_access(e: Facts) -> Notice:
    """Return the notice that roles of an ended engagement still accept Daypass. A client can repeat
    the check, so its checks notify once an hour."""
    are_several = bool(e.still_let_in.split()[1:])
    return Notice(
        f"Daypass still has access to {e.engagement}",
        "Ask the client to delete these roles, or to remove Daypass from their trust policies."
        if are_several
        else "Ask the client to delete the role, or to remove Daypass from its trust policy.",
        alerts="still-let-in",
        hourly_key=("left", e.engagement) if e.record.actor == CLIENT else (),
    )


def _announce_own_grant(e: Facts) -> Notice | None:
    """Return the notice that a lead granted themself access: such an entry has no subject."""
    title, alerts = f"{e.by} granted themself access to {e.engagement}", "grant-to-oneself"
    return None if e.subject else MemberNotice(title, alerts=alerts)


def _announce_grant_change(e: Facts) -> Notice | None:
    """Return the notice of a changed grant. If a change both reduces and extends a grant, report
    the reduction for another member's grant, and the extension for a lead's own grant."""
    roles, former = set(e.roles.split()), set(e.former_roles.split())
    end, start = _compare_times(e, "ends_at"), _compare_times(e, "starts_at")
    # `former` is empty if the change left the roles as they were.
    is_extended = end > 0 or start < 0 or bool(former and roles - former)
    is_reduced = end < 0 or bool(former - roles)
    # The entry of a lead's change of their own grant has no subject.
    if not is_reduced or (is_extended and not e.subject):
        return _announce_own_grant(e)  # None for another member's grant
    return MemberNotice(f"{e.member}'s access to {e.engagement} was reduced")


TABLE: Table = {
    Action.ENGAGEMENT_CREATE: lambda e: Event(
        "create an engagement",
        (f"{e.by} created {e.engagement}", *_describe_new(e)),
        Notice(
            f"Roles of {e.engagement} allow role chaining",
            _CHAINING.format(f"{e.chaining:names}"),
            alerts="role-widened",
        )
        if e.chaining
        else None,
    ),
    Action.ENGAGEMENT_IMPORT: lambda e: Event(
        "import an engagement",
        (
            f"{e.by} imported {e.engagement}",
            *_describe_new(e),
            " The external ID came from an AWS profile.",
        ),
        Notice(
            f"{e.engagement} has an imported external ID",
            "Everyone with that AWS profile knows the external ID, so rotate the external ID.",
            alerts="external-id-imported",
        ),
    ),
    Action.ENGAGEMENT_CHANGE: lambda e: Event(
        f"change {e.engagement}",
        (f"{e.by} changed {e.engagement}", f". {e.changes:whole}", ".", *_describe_reach(e)),
        _announce_change(e),
    ),
    Action.ENGAGEMENT_RENEW: lambda e: Event(
        f"renew {e.engagement}",
        (
            f"{e.by} renewed {e.engagement}",
            f" until {e.ends_at:time}",
            f" (before: {e.former_ends_at:time})",
            ".",
            *_describe_reach(e),
        ),
        _announce_change(e),
    ),
    Action.ENGAGEMENT_CLOSE: lambda e: Event(
        f"close {e.engagement}",
        f"{e.by} closed {e.engagement}.",
        Notice(f"{e.engagement} was closed", _NO_SESSIONS),
    ),
    Action.ENGAGEMENT_REVOKE: lambda e: Event(
        f"revoke {e.engagement}",
        f"{e.by} revoked {e.engagement}.",
        Notice(f"{e.engagement} was revoked", _NO_SESSIONS),
    ),
    # Each engagement has a notification of its own.
    Action.CLIENT_REVOKE: lambda e: Event(
        "revoke a client",
        (
            f"{e.by} revoked the client {e.client}.",
            f" Engagements: {e.engagements}.",
            f" Engagements not blocked yet: {e.not_blocked}.",
        ),
    ),
    Action.ENGAGEMENT_REOPEN: lambda e: Event(
        f"reopen {e.engagement}",
        f"{e.by} reopened {e.engagement}.",
        Notice(
            f"{e.engagement} was reopened",
            "Its roles and grants are unchanged.",
            alerts="engagement-reopened",
        ),
    ),
    Action.ENGAGEMENT_LEAVE: lambda e: Event(
        f"check whether Daypass can still assume the roles of {e.engagement}, which has ended",
        (
            (
                f"{e.by} checked the roles of the ended engagement {e.engagement}. Daypass could"
                " not assume any of the roles."
            ),
            (
                " For some roles, Daypass could not tell whether the client's account denied the"
                " request or Daypass itself lacks a permission:"
                f" {e.our_permission_not_confirmed:names}."
            ),
            f" Daypass did not probe the roles with the names of {e.not_asked_as}.",
        ),
        Notice(f"Daypass no longer has access to {e.engagement}"),
        refused=f"{e.by} checked the roles of the ended engagement {e.engagement}. Daypass could"
        f" still assume {_name_remaining_roles(e)}."
        if e.still_let_in
        else "",
        warning=_announce_remaining_access(e) if e.still_let_in else None,
    ),
    Action.EXTERNAL_ID_ROTATE: lambda e: Event(
        f"rotate the external ID of {e.engagement}",
        f"{e.by} started to rotate the external ID of {e.engagement}. The next external ID is"
        f" {e.next_external_id}.",
    ),
    Action.EXTERNAL_ID_PROMOTE: lambda e: Event(
        f"promote the next external ID of {e.engagement}",
        f"{e.by} promoted the next external ID of {e.engagement}. The current external ID is now"
        f" {e.external_id}.",
        intended=(
            (
                f"{e.by} began to check whether the roles of {e.engagement} accept the next"
                " external ID."
            ),
            f" Session names of the probes: {e.session_names:names}.",
        ),
    ),
    Action.EXTERNAL_ID_RETIRE: lambda e: Event(
        f"retire the previous external ID of {e.engagement}",
        f"{e.by} retired {e.former_external_id}, the previous external ID of {e.engagement}."
        " Daypass could not assume any role in use with it.",
        intended=(
            (
                f"{e.by} began to check whether the roles of {e.engagement} refuse the previous"
                " external ID."
            ),
            f" Session names of the probes: {e.session_names:names}.",
        ),
    ),
    Action.LINK_CREATE: lambda e: Event(
        f"create a link to the client's page of {e.engagement}",
        (
            f"{e.by} created the link {e.link} to the client's page of {e.engagement}",
            f", valid until {e.expires_at:time}",
            ".",
        ),
    ),
    Action.LINK_REVOKE: lambda e: Event(
        f"revoke a link to the client's page of {e.engagement}",
        f"{e.by} revoked the link {e.link} to the client's page of {e.engagement}.",
        Notice(f"A link to the client's page of {e.engagement} was revoked"),
    ),
    Action.LINK_CHECK: lambda e: Event(
        f"check the roles of {e.engagement}",
        f"{e.by} started a check of the roles of {e.engagement} from the client's page.",
    ),
    Action.GRANT_CREATE: lambda e: Event(
        f"grant {e.other} access to {e.engagement}",
        (
            f"{e.by} granted {e.other} access to {e.engagement}",
            f" from {e.starts_at:time}",
            f" until {e.ends_at:time}",
            ".",
            f" Roles: {e.roles:names}.",
            f" Roles that need an approved request: {e.on_request:names}.",
            f" Roles that allow emergency access: {e.emergency:names}.",
        ),
        _announce_own_grant(e),
    ),
    Action.GRANT_CHANGE: lambda e: Event(
        f"change {e.owner} grant for {e.engagement}",
        (f"{e.by} changed {e.owner} grant for {e.engagement}", f". {e.changes:whole}", "."),
        _announce_grant_change(e),
    ),
    Action.GRANT_REVOKE: lambda e: Event(
        f"revoke {e.owner} grant for {e.engagement}",
        f"{e.by} revoked {e.owner} grant for {e.engagement}.",
        MemberNotice(f"{e.member} no longer has access to {e.engagement}"),
    ),
    Action.GRANT_REVIEW: lambda e: Event(
        f"decide on {e.owner} grant for {e.engagement} in an access review",
        f"In an access review, {e.actor} decided to {e.decision} {e.owner} grant for"
        f" {e.engagement}.",
    ),
}
