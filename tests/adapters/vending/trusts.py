"""Changes that clients make to the advised trust policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.sample_accounts import FIRM
from tests.adapters.client_side import Change, Policy

BROKER = f"arn:aws:iam::{FIRM}:role/daypass-broker"


def compared_with(operator: str, value: str | None = None) -> Change:
    def change(document: Policy, external_id: str) -> None:
        condition = document["Statement"][0]["Condition"]
        del condition["StringEquals"]
        condition[operator] = {"sts:ExternalId": value or external_id}

    return change


def without_condition(document: Policy, _: str) -> None:
    del document["Statement"][0]["Condition"]["StringEquals"]


def without_any_condition(document: Policy, _: str) -> None:
    del document["Statement"][0]["Condition"]


def only_assume_role(document: Policy, _: str) -> None:
    del document["Statement"][1:]


def all_in_one(document: Policy, _: str) -> None:
    first, *rest = document["Statement"]
    first["Action"] = ["sts:AssumeRole", *(statement["Action"] for statement in rest)]
    document["Statement"] = [first]


def all_of(*changes: Change) -> Change:
    def apply_all(document: Policy, external_id: str) -> None:
        for change in changes:
            change(document, external_id)

    return apply_all


def with_only(*actions: str) -> Change:
    """Remove the statements of other actions than sts:AssumeRole and these."""

    def change(document: Policy, _: str) -> None:
        first, *rest = document["Statement"]
        allowed = [statement for statement in rest if statement["Action"] in actions]
        document["Statement"] = [first, *allowed]

    return change


def principal(value: Any) -> Change:
    def change(document: Policy, _: str) -> None:
        for statement in document["Statement"]:
            statement["Principal"] = value

    return change


def with_second_statement(**statement: Any) -> Change:
    base = {"Principal": {"AWS": f"arn:aws:iam::{FIRM}:root"}, "Action": "sts:AssumeRole"}
    return lambda document, _: document["Statement"].append(base | statement)


def on_condition(**condition: Any) -> Change:
    return lambda document, _: document["Statement"][0]["Condition"].update(condition)


def also_if(**condition: Any) -> Change:
    """Add a statement that accepts Daypass on this condition, without the external ID."""
    return with_second_statement(Effect="Allow", Condition=condition)


def like(pattern: Callable[[str], str]) -> Change:
    """Make the policy compare the external ID with a pattern that is derived from the right one."""

    def change(document: Policy, external_id: str) -> None:
        compared_with("StringLike", pattern(external_id))(document, external_id)

    return change


def with_external_id(change: Callable[[str], str]) -> Change:
    def rewrite(document: Policy, external_id: str) -> None:
        equals = document["Statement"][0]["Condition"]["StringEquals"]
        equals["sts:ExternalId"] = change(external_id)

    return rewrite


def both_external_ids(document: Policy, external_id: str) -> None:
    """Accept a second external ID, as during a rotation. No engagement has that ID."""
    equals = document["Statement"][0]["Condition"]["StringEquals"]
    equals["sts:ExternalId"] = [external_id, "daypass-2222222222222222222222222222aaaa"]


def until(moment: str) -> Change:
    def change(document: Policy, _: str) -> None:
        for statement in document["Statement"]:
            statement["Condition"]["DateLessThan"] = {"aws:CurrentTime": moment}

    return change


def as_advised(_document: Policy, _external_id: str) -> None:
    return


def half(external_id: str) -> int:
    return len(external_id) // 2


def agents_with(pattern: Callable[[str], str]) -> Change:
    """Add a statement that accepts agents with an external ID like this pattern."""

    def change(document: Policy, external_id: str) -> None:
        condition = {"sts:RoleSessionName": "*.agent", "sts:ExternalId": pattern(external_id)}
        also_if(StringLike=condition)(document, external_id)

    return change


# Policies that accept a request like a vend's without the correct external ID. A second statement
# fails all negative checks, a pattern fails one.
LIKE_AGENT = {"StringLike": {"sts:RoleSessionName": "*.agent"}}
PERSONS_NAME = "*." + "?" * 16
UNSAFE_POLICIES: dict[str, Change] = {
    "any source identity suffices": also_if(Null={"sts:SourceIdentity": "false"}),
    "a member's tag suffices": also_if(StringLike={"aws:RequestTag/DaypassMember": "*"}),
    "the engagement's tag suffices": also_if(Null={"aws:RequestTag/DaypassEngagement": "false"}),
    "the tags' keys suffice": also_if(
        **{"ForAnyValue:StringEquals": {"aws:TagKeys": ["DaypassMember"]}}
    ),
    "a member's session name suffices": also_if(StringLike={"sts:RoleSessionName": "*.*"}),
    "any session name but a probe's suffices": also_if(
        StringNotLike={"sts:RoleSessionName": ["daypass_probe*", "daypass*", "*probe*"]}
    ),
    # A full check tries no ID and a wrong ID with each attribute alone, too.
    "a source identity without tags suffices": also_if(
        Null={"sts:SourceIdentity": "false", "aws:TagKeys": "true"}
    ),
    "tags without a source identity suffice": also_if(
        Null={"sts:SourceIdentity": "true", "aws:TagKeys": "false"}
    ),
    "a request with neither attribute suffices": also_if(
        Null={"sts:SourceIdentity": "true", "aws:TagKeys": "true"}
    ),
    # Names of agents' sessions end in .agent.
    "an agent's session name suffices": also_if(**LIKE_AGENT),
    "an agent's session name and a source identity without tags suffice": also_if(
        **LIKE_AGENT, Null={"sts:SourceIdentity": "false", "aws:TagKeys": "true"}
    ),
    "an agent's session name and any external ID suffice": also_if(
        StringLike={"sts:RoleSessionName": "*.agent", "sts:ExternalId": "*"}
    ),
    "an agent's session name and no external ID suffice": also_if(
        **LIKE_AGENT, Null={"sts:ExternalId": "true"}
    ),
    "an agent's session name and a part of the external ID suffice": agents_with(
        lambda right: f"{right[:12]}*"
    ),
    "an agent's session name and the external ID with any first character suffice": agents_with(
        lambda right: f"?{right[1:]}"
    ),
    "the external ID is for people only": all_of(
        on_condition(StringLike={"sts:RoleSessionName": PERSONS_NAME}),
        also_if(StringNotLike={"sts:RoleSessionName": PERSONS_NAME}),
    ),
    "only a person's session name suffices": also_if(
        StringLike={"sts:RoleSessionName": PERSONS_NAME}
    ),
    "the external ID and a suffix": like(lambda right: f"{right}*"),
    "a prefix and the external ID": like(lambda right: f"*{right}"),
    "the first half and a suffix": like(lambda right: f"{right[: half(right)]}*"),
    "a prefix and the second half": like(lambda right: f"*{right[half(right) :]}"),
    "a part of the external ID": like(lambda right: f"*{right[12:20]}*"),
    "both ends of the external ID": like(lambda right: f"{right[:10]}*{right[-3:]}"),
    "any last character": like(lambda right: f"{right[:-1]}?"),
    "any first character": like(lambda right: f"?{right[1:]}"),
}

# Safe policies that refuse agents.
REFUSES_AGENTS: dict[str, Change] = {
    "the external ID is accepted from people only": (
        on_condition(StringLike={"sts:RoleSessionName": PERSONS_NAME})
    ),
    "agents are denied": with_second_statement(Effect="Deny", Condition=LIKE_AGENT),
}

# Safe policies that require more than the external ID.
REQUIRES_ATTRIBUTES: dict[str, Change] = {
    "a source identity": on_condition(Null={"sts:SourceIdentity": "false"}),
    "tags": on_condition(Null={"aws:RequestTag/DaypassMember": "false"}),
    "a source identity and tags": on_condition(
        Null={"sts:SourceIdentity": "false", "aws:TagKeys": "false"}
    ),
    "the engagement's tag": on_condition(
        **{"ForAnyValue:StringEquals": {"aws:TagKeys": "DaypassEngagement"}}
    ),
    "a member's session name": on_condition(StringLike={"sts:RoleSessionName": "*.*"}),
    "a source identity, without sts:TagSession": all_of(
        on_condition(Null={"sts:SourceIdentity": "false"}), with_only("sts:SetSourceIdentity")
    ),
    "tags, without sts:SetSourceIdentity": all_of(
        on_condition(Null={"aws:TagKeys": "false"}), with_only("sts:TagSession")
    ),
    "neither source identity nor tags": on_condition(
        Null={"sts:SourceIdentity": "true", "aws:TagKeys": "true"}
    ),
}

# Policies that name members. A check sends a made-up member, so these roles cannot pass.
NAMES_PEOPLE: dict[str, Change] = {
    "as source identity": on_condition(StringLike={"sts:SourceIdentity": "alice"}),
    "as tag": on_condition(StringLike={"aws:RequestTag/DaypassMember": ["alice", "bob"]}),
    "as session name": on_condition(StringLike={"sts:RoleSessionName": "alice.*"}),
}

MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
OTHER_ROLE = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{FIRM}:role/other"}}
OTHER_ACCOUNT = {"AWS": "arn:aws:iam::111122223333:root"}
