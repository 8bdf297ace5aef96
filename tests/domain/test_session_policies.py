"""IAM documents that Daypass writes: what a session that bears them may still do."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from chalicelib.domain.session_policies import DENY_ALL, NO_CHAINING

ROOM = 2048  # characters of a session policy: "AssumeRole" (STS API Reference)


def effects(policy: str, action: str) -> set[str]:
    """What its statements say of the action. Actions have no upper or lower case."""
    return {
        statement["Effect"]
        for statement in json.loads(policy)["Statement"]
        if statement.keys() - {"Sid"} == {"Effect", "Action", "Resource"}
        if statement["Resource"] == "*"
        if any(fnmatchcase(action.lower(), one.lower()) for one in actions(statement))
    }


def allows(policy: str, action: str) -> bool:
    """As IAM judges: an allow has to be there, and no deny."""
    return effects(policy, action) == {"Allow"}


def actions(statement: Any) -> list[str]:
    named: str | list[str] = statement["Action"]
    return [named] if isinstance(named, str) else named


@pytest.mark.parametrize(
    "action",
    [
        "sts:AssumeRole",
        "sts:AssumeRoot",
        "sts:GetDelegatedAccessToken",
        "sts:GetWebIdentityToken",
    ],
)
def test_a_session_that_may_not_chain_gets_nothing_that_outlives_its_cut_off(action: str) -> None:
    """No session of another role, none of a member account's root, and no token for elsewhere."""
    assert not allows(NO_CHAINING, action)


@pytest.mark.parametrize(
    "action",
    [
        "s3:GetObject",
        "iam:PassRole",
        "sts:GetCallerIdentity",
        "sts:DecodeAuthorizationMessage",
        "sts:GetScopedCredentials",
        "sts:GetServiceBearerToken",
        "sts:TagSession",
    ],
)
def test_it_may_do_all_else_that_its_role_allows(action: str) -> None:
    assert allows(NO_CHAINING, action)


@pytest.mark.parametrize("action", ["s3:GetObject", "sts:GetCallerIdentity", "sts:AssumeRole"])
def test_a_probe_that_gets_through_may_do_nothing(action: str) -> None:
    assert effects(DENY_ALL, action) == {"Deny"}


def test_a_probe_is_known_by_its_session_policys_name() -> None:
    """In CloudTrail. A trust policy has no condition key for it."""
    assert [one["Sid"] for one in json.loads(DENY_ALL)["Statement"]] == ["DaypassProbe"]
    assert "DaypassProbe" not in NO_CHAINING


@pytest.mark.parametrize("policy", [NO_CHAINING, DENY_ALL])
def test_a_policy_is_one_that_sts_takes_and_takes_little_room(policy: str) -> None:
    assert json.loads(policy)["Version"] == "2012-10-17"
    assert policy == json.dumps(json.loads(policy), separators=(",", ":"))
    assert len(policy) < ROOM / 8
