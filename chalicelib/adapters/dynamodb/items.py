"""Domain values to and from what the tables hold. Reading fails (KeyError) on a damaged item.

A missing attribute must never read as a harmless one, so nothing here has a default but what is
None in the domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.keys import Key, sortable
from chalicelib.adapters.dynamodb.onboarding_items import link_values, setup_values
from chalicelib.adapters.dynamodb.values import Values, maybe_moment, maybe_text, moment
from chalicelib.domain.engagements.engagements import Engagement, ExternalIdTaken
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Override, Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.members import Kind, Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.things import Item
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.rounds import Sweep
from chalicelib.domain.verification.verification import Verification


def key_of(item: Item) -> Key:
    """Where the item lives in the state table."""
    match item:
        case Member():
            return keys.member(item.id)
        case Leads():
            return keys.LEADS
        case Token():
            return keys.token(item.member, item.hash)
        case Engagement():
            return keys.engagement(item.id)
        case ExternalIdTaken():
            return keys.external_id(item.external_id)
        case Role():
            return keys.role(item.engagement, item.name)
        case Grant():
            return keys.grant(item.engagement, item.member)
        case RoleSetup():
            return keys.setup(item.engagement, item.role)
        case SetupLink():
            return keys.link(item.hash)
        case Sweep():
            return keys.SWEEP


def values_of(item: Item) -> Values:
    """What is written for the item, apart from its keys. None is not written."""
    match item:
        case Member():
            values = _member_values(item)
        case Leads():
            values = {"members": set(item.members)}
        case Token():
            values = _token_values(item)
        case Engagement():
            values = _engagement_values(item)
        case ExternalIdTaken():
            values = {"external_id": item.external_id, "engagement": item.engagement}
        case Role():
            values = _role_values(item)
        case Grant():
            values = _grant_values(item)
        case RoleSetup():
            values = setup_values(item)
        case SetupLink():
            values = link_values(item)
        case Sweep():
            values = {"done_until": sortable(item.done_until)}
    values["version"] = item.version
    return {name: value for name, value in values.items() if value is not None}


def _member_values(member: Member) -> Values:
    return {
        "list": keys.MEMBERS,
        "list_sk": member.id,
        "id": member.id,
        "name": member.name,
        "kind": member.kind.value,
        "created_at": sortable(member.created_at),
        "tokens_from": sortable(member.tokens_from),
        "suspended_at": maybe_text(member.suspended_at),
    }


def member_of(values: Mapping[str, Any]) -> Member:
    return Member(
        id=values["id"],
        name=values["name"],
        kind=Kind(values["kind"]),
        created_at=moment(values["created_at"]),
        tokens_from=moment(values["tokens_from"]),
        suspended_at=maybe_moment(values.get("suspended_at")),
        version=values["version"],
    )


def leads_of(values: Mapping[str, Any]) -> Leads:
    return Leads(members=frozenset(values["members"]), version=values["version"])


def _token_values(token: Token) -> Values:
    return {
        "member": token.member,
        "hash": token.hash,
        "label": token.label,
        "created_at": sortable(token.created_at),
        "expires_at": sortable(token.expires_at),
        "revoked_at": maybe_text(token.revoked_at),
    }


def token_of(values: Mapping[str, Any]) -> Token:
    return Token(
        member=values["member"],
        hash=values["hash"],
        label=values["label"],
        created_at=moment(values["created_at"]),
        expires_at=moment(values["expires_at"]),
        revoked_at=maybe_moment(values.get("revoked_at")),
        version=values["version"],
    )


def _engagement_values(engagement: Engagement) -> Values:
    return {
        "list": keys.ENGAGEMENTS,
        "list_sk": engagement.id,
        "id": engagement.id,
        "client": engagement.client,
        "account_id": engagement.account_id,
        "external_id": engagement.external_id,
        "starts_at": sortable(engagement.starts_at),
        "ends_at": sortable(engagement.ends_at),
        "created_at": sortable(engagement.created_at),
        "next_external_id": engagement.next_external_id,
        "former_external_id": engagement.former_external_id,
        "retired_external_ids": list(engagement.retired_external_ids),
        "chosen_elsewhere": engagement.chosen_elsewhere,
        "closed_at": maybe_text(engagement.closed_at),
        "revoked_at": maybe_text(engagement.revoked_at),
        "left_at": maybe_text(engagement.left_at),
    }


def engagement_of(values: Mapping[str, Any]) -> Engagement:
    return Engagement(
        id=values["id"],
        client=values["client"],
        account_id=values["account_id"],
        external_id=values["external_id"],
        starts_at=moment(values["starts_at"]),
        ends_at=moment(values["ends_at"]),
        created_at=moment(values["created_at"]),
        next_external_id=values.get("next_external_id"),
        former_external_id=values.get("former_external_id"),
        retired_external_ids=tuple(values["retired_external_ids"]),
        chosen_elsewhere=values["chosen_elsewhere"],
        closed_at=maybe_moment(values.get("closed_at")),
        revoked_at=maybe_moment(values.get("revoked_at")),
        left_at=maybe_moment(values.get("left_at")),
        version=values["version"],
    )


def _role_values(role: Role) -> Values:
    values: Values = {
        "engagement": role.engagement,
        "name": role.name,
        "arn": role.arn,
        "max_session": role.max_session,
        "asks_reason": role.asks_reason,
        "allows_chaining": role.allows_chaining,
        "created_at": sortable(role.created_at),
        "former_arns": list(role.former_arns),
        "ended_at": maybe_text(role.ended_at),
    }
    if role.override is not None:
        values |= {
            "override_until": sortable(role.override.until),
            "override_by": role.override.by,
            "override_why": role.override.why,
            "override_role_arn": role.override.role_arn,
        }
    if role.verification is not None:
        proof = role.verification
        values |= {
            "proof_checked_at": sortable(proof.checked_at),
            "proof_role_arn": proof.role_arn,
            "proof_external_id": proof.external_id,
            "proof_results": [f"{check}={result}" for check, result in proof.results.items()],
            "proof_causes": [cause.value for cause in proof.causes],
        }
    return values


def role_of(values: Mapping[str, Any]) -> Role:
    proof = None
    if "proof_results" in values:
        results = (one.split("=") for one in values["proof_results"])
        proof = Verification(
            checked_at=moment(values["proof_checked_at"]),
            role_arn=values["proof_role_arn"],
            external_id=values["proof_external_id"],
            results={Check(check): Result(result) for check, result in results},
            causes=tuple(Cause(cause) for cause in values["proof_causes"]),
        )
    override = None
    if "override_until" in values:
        override = Override(
            until=moment(values["override_until"]),
            by=values["override_by"],
            why=values["override_why"],
            role_arn=values["override_role_arn"],
        )
    return Role(
        engagement=values["engagement"],
        name=values["name"],
        arn=values["arn"],
        max_session=values["max_session"],
        asks_reason=values["asks_reason"],
        allows_chaining=values["allows_chaining"],
        created_at=moment(values["created_at"]),
        former_arns=tuple(values["former_arns"]),
        ended_at=maybe_moment(values.get("ended_at")),
        verification=proof,
        override=override,
        version=values["version"],
    )


def _grant_values(grant: Grant) -> Values:
    return {
        "list": keys.grants_for(grant.engagement),
        "list_sk": grant.member,
        "member": grant.member,
        "engagement": grant.engagement,
        "roles": set(grant.roles),
        "starts_at": sortable(grant.starts_at),
        "ends_at": sortable(grant.ends_at),
        "granted_by": grant.granted_by,
        "created_at": sortable(grant.created_at),
        "revoked_at": maybe_text(grant.revoked_at),
    }


def grant_of(values: Mapping[str, Any]) -> Grant:
    return Grant(
        member=values["member"],
        engagement=values["engagement"],
        roles=frozenset(values["roles"]),
        starts_at=moment(values["starts_at"]),
        ends_at=moment(values["ends_at"]),
        granted_by=values["granted_by"],
        created_at=moment(values["created_at"]),
        revoked_at=maybe_moment(values.get("revoked_at")),
        version=values["version"],
    )


def entry_values(entry: Entry) -> Values:
    """What is written for an entry, keys included. Empty text is not written."""
    at = sortable(entry.at)
    values: Values = {
        "pk": keys.vends(entry.engagement) if entry.vend else keys.others(entry.engagement),
        "sk": f"{at}#{entry.id}",
        "day": at[:10],
        "id": entry.id,
        "at": at,
        "actor": entry.actor,
        "action": entry.action.value,
        "outcome": entry.outcome.value,
        "reason": entry.reason,
        "engagement": entry.engagement,
        "role": entry.role,
        "subject": entry.subject,
        "vend": entry.vend,
        "details": dict(entry.details),
    }
    return {name: value for name, value in values.items() if value}


def entry_of(values: Mapping[str, Any]) -> Entry:
    return Entry(
        id=values["id"],
        at=moment(values["at"]),
        actor=values["actor"],
        action=Action(values["action"]),
        outcome=Outcome(values["outcome"]),
        reason=values.get("reason", ""),
        engagement=values.get("engagement", ""),
        role=values.get("role", ""),
        subject=values.get("subject", ""),
        vend=values.get("vend", ""),
        details=values.get("details", {}),
    )
