"""What clients do to the trust policy that they were advised to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.domain.verification.probe_variants import SessionAttribute
from chalicelib.domain.verification.proof import Check
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
    enter, *more = document["Statement"]
    enter["Action"] = ["sts:AssumeRole", *(statement["Action"] for statement in more)]
    document["Statement"] = [enter]


def all_of(*changes: Change) -> Change:
    def change(document: Policy, external_id: str) -> None:
        for change in changes:
            change(document, external_id)

    return change


def may_tell(*actions: str) -> Change:
    def change(document: Policy, _: str) -> None:
        enter, *more = document["Statement"]
        document["Statement"] = [enter, *(item for item in more if item["Action"] in actions)]

    return change


def principal(who: Any) -> Change:
    def change(document: Policy, _: str) -> None:
        for statement in document["Statement"]:
            statement["Principal"] = who

    return change


def and_also(**statement: Any) -> Change:
    ours = {"Principal": {"AWS": f"arn:aws:iam::{FIRM}:root"}, "Action": "sts:AssumeRole"}
    return lambda document, _: document["Statement"].append(ours | statement)


def on_condition(**condition: Any) -> Change:
    return lambda document, _: document["Statement"][0]["Condition"].update(condition)


def also_if(**condition: Any) -> Change:
    """A second statement that lets us in without the external ID, on this condition."""
    return and_also(Effect="Allow", Condition=condition)


def like(pattern: Callable[[str], str]) -> Change:
    """The external ID compared to a pattern that is made of it."""

    def change(document: Policy, external_id: str) -> None:
        compared_with("StringLike", pattern(external_id))(document, external_id)

    return change


def spelled(change: Callable[[str], str]) -> Change:
    def rewrite(document: Policy, external_id: str) -> None:
        equals = document["Statement"][0]["Condition"]["StringEquals"]
        equals["sts:ExternalId"] = change(external_id)

    return rewrite


def both(document: Policy, external_id: str) -> None:
    """As while an external ID is rotated; the other one is nobody's."""
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


# What lets us in as a vend asks, or nearly as it asks, though not with the external ID alone. The
# checks that fail: by a second statement, each that should be refused; by a pattern, one.
EVERY_ID = {Check.NO_ID, Check.WRONG_ID, Check.OTHER_CASE, Check.NEAR_MISS}
NEAR = {Check.NEAR_MISS}
LETS_IN_A_VEND: dict[str, tuple[Change, set[Check]]] = {
    "a source identity will do": (also_if(Null={"sts:SourceIdentity": "false"}), EVERY_ID),
    "a member's tag will do": (also_if(StringLike={"aws:RequestTag/DaypassMember": "*"}), EVERY_ID),
    "this engagement's tag will do": (also_if(Null={"aws:RequestTag/DaypassEngagement": "false"}),
                                      EVERY_ID),
    "the tags' keys will do": (
        also_if(**{"ForAnyValue:StringEquals": {"aws:TagKeys": ["DaypassMember"]}}), EVERY_ID),
    "a member's session name will do": (also_if(StringLike={"sts:RoleSessionName": "*.*"}),
                                        EVERY_ID),
    "any name but a probe's will do": (
        also_if(StringNotLike={"sts:RoleSessionName": ["daypass_probe*", "daypass*", "*probe*"]}),
        EVERY_ID),
    # Who takes a source identity and no tags is asked for so, too.
    "a source identity without tags will do": (
        also_if(Null={"sts:SourceIdentity": "false", "aws:TagKeys": "true"}),
        {Check.NO_ID, Check.WRONG_ID}),
    "tags without a source identity will do": (
        also_if(Null={"sts:SourceIdentity": "true", "aws:TagKeys": "false"}),
        {Check.NO_ID, Check.WRONG_ID}),
    "neither of them will do": (
        also_if(Null={"sts:SourceIdentity": "true", "aws:TagKeys": "true"}), EVERY_ID),
    "like it and more": (like(lambda right: f"{right}*"), NEAR),
    "like more and it": (like(lambda right: f"*{right}"), NEAR),
    "like its first half": (like(lambda right: f"{right[: half(right)]}*"), NEAR),
    "like its second half": (like(lambda right: f"*{right[half(right) :]}"), NEAR),
    "like a part of it": (like(lambda right: f"*{right[12:20]}*"), NEAR),
    "like its two ends": (like(lambda right: f"{right[:10]}*{right[-3:]}"), NEAR),
    "like all of it but the last": (like(lambda right: f"{right[:-1]}?"), NEAR),
    "like all of it but the first": (like(lambda right: f"?{right[1:]}"), NEAR),
}  # fmt: skip

# What a role may demand beside the external ID, and is as safe for it. Each comes with what it is
# graded by: what is demanded, and what of it no session carries.
WHO, TAGS = SessionAttribute.SOURCE_IDENTITY, SessionAttribute.TAGS
DEMANDS_MORE: dict[str, tuple[Change, tuple[SessionAttribute, ...], set[Check]]] = {
    "a source identity": (on_condition(Null={"sts:SourceIdentity": "false"}), (WHO,), set()),
    "tags": (on_condition(Null={"aws:RequestTag/DaypassMember": "false"}), (TAGS,), set()),
    "both": (on_condition(Null={"sts:SourceIdentity": "false", "aws:TagKeys": "false"}),
             (WHO, TAGS), set()),
    "this engagement's tag": (
        on_condition(**{"ForAnyValue:StringEquals": {"aws:TagKeys": "DaypassEngagement"}}),
        (TAGS,), set()),
    "a member's session name": (on_condition(StringLike={"sts:RoleSessionName": "*.*"}), (), set()),
    "a source identity, and takes no tags": (
        all_of(on_condition(Null={"sts:SourceIdentity": "false"}),
               may_tell("sts:SetSourceIdentity")),
        (WHO,), {Check.TAGS}),
    "tags, and takes no source identity": (
        all_of(on_condition(Null={"aws:TagKeys": "false"}), may_tell("sts:TagSession")),
        (TAGS,), {Check.SOURCE_IDENTITY}),
    "neither of them": (
        on_condition(Null={"sts:SourceIdentity": "true", "aws:TagKeys": "true"}),
        (), {Check.SOURCE_IDENTITY, Check.TAGS}),
}  # fmt: skip

# Nobody whom it names is asked for in a check, so that it cannot be proven.
NAMES_PEOPLE: dict[str, Change] = {
    "as source identity": on_condition(StringLike={"sts:SourceIdentity": "alice"}),
    "as tag": on_condition(StringLike={"aws:RequestTag/DaypassMember": ["alice", "bob"]}),
    "as session name": on_condition(StringLike={"sts:RoleSessionName": "alice.*"}),
}

MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
OTHER_ROLE = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{FIRM}:role/other"}}
OTHER_ACCOUNT = {"AWS": "arn:aws:iam::111122223333:root"}
