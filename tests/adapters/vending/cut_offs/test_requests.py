"""The exact requests of a cut-off to AWS STS and IAM."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.adapters.vending.cut_off_role import CONFIG
from chalicelib.domain.policies.brake import CutOffNames, build_canary_session_name
from chalicelib.domain.policies.credential_actions import NO_CHAINING, READ_ONLY
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.vending.cut_off.cut_offs import CutOffAccess, Denial
from chalicelib.usecases.ports import CutOffRole
from tests.adapters.vending.cut_offs.scripted_aws import ScriptedAws

ROLE = "arn:aws:iam::987654321098:role/ContractorRole"
NAMES = CutOffNames(ROLE)
ACCESS = CutOffAccess(role_arn=NAMES.cut_off_role_arn, external_id="daypass-cut-off-id")
CANARY = build_canary_session_name("0123456789abcdef")
TERMS = Terms(
    role_arn=ROLE,
    external_id="daypass-x",
    duration=900,
    source_identity="@canary",
    tags=(("DaypassMember", "@canary"),),
    session_policy=None,
)
CANARY_REQUEST = {
    "RoleArn": ROLE,
    "RoleSessionName": "@canary.0123456789abcdef",
    "DurationSeconds": 900,
    "ExternalId": "daypass-x",
    "SourceIdentity": "@canary",
    "Tags": [{"Key": "DaypassMember", "Value": "@canary"}],
}


def test_the_cut_off_role_is_assumed_under_its_own_session_name_and_external_id() -> None:
    aws = ScriptedAws()
    aws.port.assume(ACCESS)
    assert aws.requests == [
        (
            "AssumeRole",
            {
                "RoleArn": "arn:aws:iam::987654321098:role/daypass-cut-off/ContractorRole-cut-off",
                "RoleSessionName": "daypass-cut-off",
                "ExternalId": "daypass-cut-off-id",
            },
        )
    ]
    assert aws.senders == [("sts.eu-central-1.amazonaws.com", "ASIABROKER")]


BRAKE = "arn:aws:iam::987654321098:policy/daypass-cut-off/ContractorRole-brake"


@pytest.mark.parametrize(
    ("act", "operation", "request_", "result"),
    [
        (lambda role: role.write_version(BRAKE, "{}"),
         "CreatePolicyVersion",
         {"PolicyArn": BRAKE, "PolicyDocument": "{}", "SetAsDefault": True}, "v7"),
        (lambda role: role.delete_version(BRAKE, "v3"),
         "DeletePolicyVersion", {"PolicyArn": BRAKE, "VersionId": "v3"}, None),
        (lambda role: role.attach_policy("ContractorRole", NAMES.deny_all_arn),
         "AttachRolePolicy",
         {"RoleName": "ContractorRole", "PolicyArn": "arn:aws:iam::aws:policy/AWSDenyAll"}, None),
    ],
)  # fmt: skip
def test_each_method_is_one_request_to_iam_with_the_cut_off_roles_credentials(
    act: Callable[[CutOffRole], Any], operation: str, request_: dict[str, Any], result: Any
) -> None:
    aws = ScriptedAws()
    role = aws.port.assume(ACCESS)
    assert act(role) == result
    assert aws.requests[1:] == [(operation, request_)]
    assert aws.senders[1:] == [("iam.amazonaws.com", "ASIACUTOFF0000000001")]


@pytest.mark.parametrize("session_policy", [None, NO_CHAINING, READ_ONLY])
def test_a_canary_has_the_terms_of_a_vend_and_may_send_one_request(
    session_policy: str | None,
) -> None:
    aws = ScriptedAws()
    arns = (READ_ONLY_ARN,) if session_policy == READ_ONLY else ()
    terms = Terms(**_fields() | {"session_policy": session_policy, "session_policy_arns": arns})
    aws.port.open_canary(terms, CANARY)
    ((operation, request),) = aws.requests
    policy = json.loads(request.pop("Policy"))
    assert (operation, request) == ("AssumeRole", CANARY_REQUEST)
    (statement,) = policy["Statement"]
    assert statement == {
        "Sid": "DaypassCanary",
        "Effect": "Allow",
        "Action": "sts:GetAccessKeyInfo",
        "Resource": "*",
    }


READ_ONLY_ARN = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def _fields() -> dict[str, Any]:
    return {name: getattr(TERMS, name) for name in TERMS.__struct_fields__}


def test_a_canary_of_a_role_without_identity_and_tags_sends_neither() -> None:
    aws = ScriptedAws()
    aws.port.open_canary(Terms(**_fields() | {"source_identity": None, "tags": ()}), CANARY)
    ((_, request),) = aws.requests
    request.pop("Policy")
    assert request == {
        name: value
        for name, value in CANARY_REQUEST.items()
        if name not in ("SourceIdentity", "Tags")
    }


def test_a_canary_asks_the_regional_sts_about_its_own_key() -> None:
    aws = ScriptedAws()
    canary = aws.port.open_canary(TERMS, CANARY)
    assert canary.look() is Denial.ALLOWED
    assert canary.look() is Denial.ALLOWED
    looks = [("GetAccessKeyInfo", {"AccessKeyId": "ASIACUTOFF0000000001"})] * 2
    assert aws.requests[1:] == looks
    assert aws.senders[1:] == [("sts.eu-central-1.amazonaws.com", "ASIACUTOFF0000000001")] * 2


def test_the_clients_wait_as_long_as_the_adapter_says_and_try_once() -> None:
    aws = ScriptedAws()
    aws.port.assume(ACCESS)
    aws.port.open_canary(TERMS, CANARY)
    iam, sts = aws.clients[1], aws.clients[3]
    assert [client.meta.service_model.service_name for client in (iam, sts)] == ["iam", "sts"]
    for client in (iam, sts):
        assert client.meta.config.connect_timeout == CONFIG.connect_timeout == 2
        assert client.meta.config.read_timeout == CONFIG.read_timeout == 10
        assert client.meta.config.retries == {"mode": "standard", "total_max_attempts": 1}


@pytest.mark.parametrize("secret", ["cut-off-secret", "cut-off-token", "daypass-cut-off-id"])
def test_no_secret_is_in_the_text_of_an_object(secret: str) -> None:
    aws = ScriptedAws()
    objects = [ACCESS, aws.port, aws.port.assume(ACCESS), aws.port.open_canary(TERMS, CANARY)]
    assert secret not in repr(objects)
