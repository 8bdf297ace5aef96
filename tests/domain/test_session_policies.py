"""IAM documents that Daypass writes: what a session that bears them may still do."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from chalicelib.domain.credential_actions import (
    BEYOND_A_CUT_OFF,
    DENY_ALL,
    NO_CHAINING,
    SESSION_POLICY_ALONE,
)
from chalicelib.domain.identifiers import build_session_tags

ROOM = 2048  # characters of a session policy: "AssumeRole" (STS API Reference)
# AWS packs policy and tags together, and documents neither how nor how much fits. Observed (AWS's
# action configure-aws-credentials, issue 1898): nine tags of 250 characters take 498 % of it. The
# less convenient reading is that nothing is compressed, and that the policy shares this room.
PACKED_ROOM = 9 * 250 * 100 // 498
LONGEST_TAGS = build_session_tags("m" * 32, "e" * 40)
DENIED = sorted(
    name
    for group in (SESSION_POLICY_ALONE, BEYOND_A_CUT_OFF)
    for names in group.values()
    for name in names
)


def effects(policy: str, action: str) -> set[str]:
    """Return the statements' decision about the action, ignoring letter case."""
    return {
        statement["Effect"]
        for statement in json.loads(policy)["Statement"]
        if statement.keys() - {"Sid"} == {"Effect", "Action", "Resource"}
        if statement["Resource"] == "*"
        if any(fnmatchcase(action.lower(), item.lower()) for item in actions(statement))
    }


def allows(policy: str, action: str) -> bool:
    """Decide as IAM does: at least one Allow must match, and no Deny."""
    return effects(policy, action) == {"Allow"}


def actions(statement: Any) -> list[str]:
    action: str | list[str] = statement["Action"]
    return [action] if isinstance(action, str) else action


@pytest.mark.parametrize("action", DENIED)
def test_a_session_that_may_not_chain_gets_nothing_that_a_cut_off_may_not_reach(
    action: str,
) -> None:
    """Denied in words, since a resource's own policy overrides what is only not allowed."""
    assert effects(NO_CHAINING, action) == {"Allow", "Deny"}


@pytest.mark.parametrize(
    "action",
    [
        "s3:GetObject",
        "iam:PassRole",
        "sts:GetCallerIdentity",
        "sts:DecodeAuthorizationMessage",
        "sts:GetServiceBearerToken",
        "sts:TagSession",
        "ssm:GetParameter",
        "elasticmapreduce:GetManagedScalingPolicy",
        "account:GetContactInformation",
        "s3:GetDataAccess",
    ],
)
def test_it_may_do_all_else_that_its_role_allows(action: str) -> None:
    assert allows(NO_CHAINING, action)


@pytest.mark.parametrize("action", ["s3:GetObject", "sts:GetCallerIdentity", "sts:AssumeRole"])
def test_a_probe_that_gets_through_may_do_nothing(action: str) -> None:
    assert effects(DENY_ALL, action) == {"Deny"}


def test_a_probe_is_known_by_its_session_policys_name() -> None:
    """In CloudTrail. A trust policy has no condition key for it."""
    assert [item["Sid"] for item in json.loads(DENY_ALL)["Statement"]] == ["DaypassProbe"]
    assert "DaypassProbe" not in NO_CHAINING


@pytest.mark.parametrize("policy", [NO_CHAINING, DENY_ALL])
def test_sts_accepts_the_session_policy_and_it_is_small(policy: str) -> None:
    assert json.loads(policy)["Version"] == "2012-10-17"
    assert policy == json.dumps(json.loads(policy), separators=(",", ":"))
    assert len(policy) < ROOM / 4
    tags = "".join(key + value for key, value in LONGEST_TAGS)
    assert len(policy) + len(tags) <= PACKED_ROOM
