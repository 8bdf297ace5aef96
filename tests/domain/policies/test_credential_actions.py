"""The list of the actions that hand out credentials, held against botocore's service models."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import botocore.session
import pytest

from chalicelib.domain.policies.credential_actions import (
    BEYOND_A_CUT_OFF,
    ONE_SERVICES_DATA,
    SESSION_POLICY_ALONE,
    all_actions,
)

PATTERNS = {**SESSION_POLICY_ALONE, **BEYOND_A_CUT_OFF, **ONE_SERVICES_DATA}
NOT_LISTED = {
    "no session of an assumed role can get them": """
        lakeformation:AssumeDecoratedRoleWithSAML sso:GetRoleCredentials sts:AssumeRoleWithSAML
        sts:AssumeRoleWithWebIdentity
        """,
    "the boundary closes the whole service": """
        eks-auth:AssumeRoleForPodIdentity iam:CreateAccessKey
        """,
    "AWS shows the secret once, when the key is made": "lightsail:GetBucketAccessKeys",
}
# Services, and one action, with another prefix in IAM than in the name that signs requests.
SPELT = {"awsssoportal": "sso"}
SPELT_ACTIONS = {"s3:CreateSession": "s3express:CreateSession"}
# botocore no longer has a model of FinSpace's action. The other two return a password and a token
# to work under a role of the service, not AWS keys.
NO_KEYS = {
    "elasticmapreduce:GetClusterSessionCredentials",
    "emr-containers:GetManagedEndpointSessionCredentials",
    "finspace-api:GetProgrammaticAccessCredentials",
}


@cache
def operations() -> dict[str, bool]:
    """Every action that botocore knows, and whether its answer has the keys of an AWS session."""
    session = botocore.session.get_session()
    loader = session.get_component("data_loader")
    fields: dict[str, bool] = {}
    for name in session.get_available_services():
        model = loader.load_service_model(name, "service-2")
        metadata = model["metadata"]
        signed = metadata.get("signingName", metadata["endpointPrefix"])
        for operation, declared in model["operations"].items():
            action = f"{SPELT.get(signed, signed)}:{operation}"
            action = SPELT_ACTIONS.get(action, action)
            output = declared.get("output")
            has_keys = output is not None and _has_keys(model["shapes"], output["shape"], set())
            fields[action] = fields.get(action, False) or has_keys
    return fields


def _has_keys(shapes: dict[str, Any], name: str, seen: set[str]) -> bool:
    if name in seen:
        return False
    seen.add(name)
    shape = shapes[name]
    members = {key.lower() for key in shape.get("members", {})}
    if "secretaccesskey" in members or {"secretkey", "sessiontoken"} <= members:
        return True
    return any(_has_keys(shapes, inner, seen) for inner in _inner(shape))


def _inner(shape: dict[str, Any]) -> Iterator[str]:
    yield from (member["shape"] for member in shape.get("members", {}).values())
    yield from (shape[part]["shape"] for part in ("member", "value") if part in shape)


def test_every_action_that_answers_with_aws_keys_is_listed_or_there_is_a_reason() -> None:
    not_listed = {action for group in NOT_LISTED.values() for action in group.split()}
    handed_out = {action for action, has_keys in operations().items() if has_keys}
    assert len(handed_out) > 25
    assert handed_out - set(all_actions()) == not_listed


def test_an_action_is_listed_once_and_spelt_as_aws_spells_it() -> None:
    assert len(all_actions()) == len(set(all_actions()))
    matches = {name for names in PATTERNS.values() for name in names}
    assert {name for name in matches if name not in operations()} <= NO_KEYS
    assert {name for name in matches if not operations().get(name)} >= NO_KEYS


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_matches_exactly_its_actions(pattern: str) -> None:
    items = {*operations(), *all_actions()}
    matched = {action for action in items if fnmatchcase(action.lower(), pattern.lower())}
    if pattern.endswith(":*"):  # a service in which nothing is work
        assert matched >= set(PATTERNS[pattern])
    else:
        values = {"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"}
        assert matched - values == set(PATTERNS[pattern])


@pytest.mark.parametrize(
    "action",
    [
        "ssm:GetAccessToken",
        "finspace-api:GetProgrammaticAccessCredentials",
        "elasticmapreduce:GetClusterSessionCredentials",
        "emr-containers:GetManagedEndpointSessionCredentials",
        "sts:GetScopedCredentials",
        "signin:CreateOAuth2TokenWithIAM",
        "sso-oauth:CreateTokenWithIAM",
        "account-access:GetRoleCredentials",
    ],
)
def test_it_has_what_was_missing(action: str) -> None:
    assert action in all_actions()
    denied = {**SESSION_POLICY_ALONE, **BEYOND_A_CUT_OFF}
    assert any(action in names for names in denied.values())
