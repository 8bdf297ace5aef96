"""What clients do to the trust policy that they were advised to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.world import FIRM
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


def may_tell(*actions: str) -> Change:
    def change(document: Policy, _: str) -> None:
        enter, *more = document["Statement"]
        document["Statement"] = [enter, *(one for one in more if one["Action"] in actions)]

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


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
OTHER_ROLE = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{FIRM}:role/other"}}
OTHER_ACCOUNT = {"AWS": "arn:aws:iam::111122223333:root"}
