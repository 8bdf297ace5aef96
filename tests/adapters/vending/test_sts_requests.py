"""The exact requests of the adapter to AWS STS and IAM."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.adapters.vending.sts import CONFIG, AwsSts
from chalicelib.domain.policies.credential_actions import (
    NO_CHAINING,
    READ_ONLY,
    read_only_policy_arn,
)
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult
from tests.builders import a_probe
from tests.rows import every

ROLE = "arn:aws:iam::987654321098:role/ContractorRole"
NAME = "wqkzvbmxtrpl.5d2f8a0c4e917b36"
TAGS = (("DaypassMember", "alice"), ("DaypassEngagement", "acme-prod"))
TAGS_IN_REQUEST = [
    {"Key": "DaypassMember", "Value": "alice"},
    {"Key": "DaypassEngagement", "Value": "acme-prod"},
]
ENDS = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
DENY_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "DaypassProbe", "Effect": "Deny", "Action": "*", "Resource": "*"}],
}


class RecordingSts:
    """A fake AWS STS that accepts every request and records the requests and the clients."""

    def __init__(self, *, probes_only: bool) -> None:
        self.requests: list[dict[str, Any]] = []
        self.clients_made: list[tuple[str, dict[str, Any]]] = []
        self._probes_only = probes_only

    def assume_role(self, **request: Any) -> dict[str, Any]:
        if self._probes_only:
            assert_denies_all(request)
        self.requests.append(request)
        return {
            "Credentials": {
                "AccessKeyId": "ASIAFAKE",
                "SecretAccessKey": "secret",
                "SessionToken": "token",
                "Expiration": ENDS,
            },
            "AssumedRoleUser": {"Arn": "arn:aws:sts::987654321098:assumed-role/ContractorRole/x"},
            "ResponseMetadata": {"RequestId": "request-1"},
        }

    def get_caller_identity(self) -> dict[str, Any]:
        return {"Account": "987654321098"}

    def simulate_principal_policy(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        return {"EvaluationResults": [{"EvalDecision": "allowed"}]}

    def clients(self, service: str, **options: Any) -> RecordingSts:
        self.clients_made.append((service, options))
        return self

    @property
    def port(self) -> AwsSts:
        return AwsSts(
            lambda: self,
            self.clients,
            "arn:aws:iam::123456789012:role/daypass-broker",
            "arn:aws:lambda:eu-central-1:123456789012:function:daypass-Enter-abc",
        )


def assert_denies_all(request: dict[str, Any]) -> None:
    """Fail for a probe whose session policy permits anything."""
    assert json.loads(request["Policy"]) == DENY_ALL
    assert "PolicyArns" not in request


def without_policy(request: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name != "Policy"}


@every("fields, parameters", [
        ({"external_id": "daypass-x"}, {"ExternalId": "daypass-x"}),
        ({"external_id": None}, {}),
        ({"external_id": None, "source_identity": "alice"}, {"SourceIdentity": "alice"}),
        ({"external_id": "daypass-x", "tags": TAGS},
         {"ExternalId": "daypass-x", "Tags": TAGS_IN_REQUEST}),
        ({"external_id": "daypass-x", "source_identity": "alice", "tags": TAGS},
         {"ExternalId": "daypass-x", "SourceIdentity": "alice", "Tags": TAGS_IN_REQUEST}),
    ])  # fmt: skip
def test_a_probe_sends_exactly_its_fields_and_a_policy_that_denies_everything(
    fields: dict[str, Any], parameters: dict[str, Any]
) -> None:
    sts = RecordingSts(probes_only=True)
    expected = {"RoleArn": ROLE, "RoleSessionName": NAME, "DurationSeconds": 900, **parameters}
    assert sts.port.probe(a_probe(ROLE, session_name=NAME, **fields)) is ProbeOutcome.ACCEPTED
    assert (
        sts.port.probe(a_probe(ROLE, session_name=NAME, duration=3600, **fields))
        is ProbeOutcome.ACCEPTED
    )
    short, long = map(without_policy, sts.requests)
    assert short == expected
    assert long == expected | {"DurationSeconds": 3600}
    assert sts.clients_made == []


def test_an_account_probe_sends_the_same_and_asks_with_the_new_sessions_keys() -> None:
    sts = RecordingSts(probes_only=True)
    result = sts.port.probe_account(
        a_probe(ROLE, "daypass-x", session_name=NAME, source_identity="alice", tags=TAGS)
    )
    assert result == ProbeResult(ProbeOutcome.ACCEPTED, "987654321098")
    (request,) = map(without_policy, sts.requests)
    assert request == {
        "RoleArn": ROLE,
        "RoleSessionName": NAME,
        "DurationSeconds": 900,
        "ExternalId": "daypass-x",
        "SourceIdentity": "alice",
        "Tags": TAGS_IN_REQUEST,
    }
    assert sts.clients_made == [
        (
            "sts",
            {
                "config": CONFIG,
                "aws_access_key_id": "ASIAFAKE",
                "aws_secret_access_key": "secret",
                "aws_session_token": "token",
            },
        )
    ]


def test_the_simulation_covers_the_broker_role_and_the_one_role_only() -> None:
    sts = RecordingSts(probes_only=True)
    assert sts.port.may_assume(ROLE) is True
    assert sts.clients_made == [("iam", {"config": CONFIG})]
    assert sts.requests == [
        {
            "PolicySourceArn": "arn:aws:iam::123456789012:role/daypass-broker",
            "ActionNames": ["sts:AssumeRole"],
            "ResourceArns": [ROLE],
            "ContextEntries": [
                {
                    "ContextKeyName": "lambda:SourceFunctionArn",
                    "ContextKeyType": "string",
                    "ContextKeyValues": [
                        "arn:aws:lambda:eu-central-1:123456789012:function:daypass-Enter-abc"
                    ],
                }
            ],
        }
    ]


def test_the_simulation_has_no_context_outside_a_function() -> None:
    sts = RecordingSts(probes_only=True)
    AwsSts(lambda: sts, sts.clients, "arn:aws:iam::123456789012:role/daypass-broker").may_assume(
        ROLE
    )
    (request,) = sts.requests
    assert request["ContextEntries"] == []


def terms(**changes: Any) -> Terms:
    fields = {
        "role_arn": ROLE,
        "external_id": "daypass-x",
        "duration": 1800,
        "source_identity": "alice",
        "tags": TAGS,
        "session_policy": NO_CHAINING,
    }
    return Terms(**(fields | changes))


COMPLETE_REQUEST = {
    "RoleArn": ROLE,
    "RoleSessionName": NAME,
    "DurationSeconds": 1800,
    "ExternalId": "daypass-x",
    "SourceIdentity": "alice",
    "Tags": TAGS_IN_REQUEST,
    "Policy": NO_CHAINING,
}


@every(
    "changes, omitted",
    [
        ({}, set()),
        ({"source_identity": None}, {"SourceIdentity"}),
        ({"tags": ()}, {"Tags"}),
        ({"session_policy": None}, {"Policy"}),
    ],
)
def test_a_session_request_has_exactly_the_terms(
    changes: dict[str, Any], omitted: set[str]
) -> None:
    sts = RecordingSts(probes_only=False)
    credentials = sts.port.issue(terms(**changes), NAME)
    assert sts.requests == [
        {name: value for name, value in COMPLETE_REQUEST.items() if name not in omitted}
    ]
    assert credentials.access_key_id == "ASIAFAKE"
    assert credentials.secret_access_key == "secret"
    assert credentials.session_token == "token"
    assert credentials.expires_at == ENDS
    assert credentials.request_id == "request-1"
    assert credentials.assumed_role_arn.endswith(":assumed-role/ContractorRole/x")


@every(
    "policy",
    [
        None,
        NO_CHAINING,
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    ],
)
def test_the_fake_fails_for_a_probe_that_may_do_something(policy: str | None) -> None:
    """Otherwise the tests above would prove nothing."""
    request = {} if policy is None else {"Policy": policy}
    with pytest.raises((AssertionError, KeyError)):
        RecordingSts(probes_only=True).assume_role(**request)


def test_the_session_of_an_agent_that_may_only_read_has_the_managed_policy_too() -> None:
    sts = RecordingSts(probes_only=False)
    arn = read_only_policy_arn(ROLE)
    sts.port.issue(terms(session_policy=READ_ONLY, session_policy_arns=(arn,)), NAME)
    assert sts.requests == [COMPLETE_REQUEST | {"Policy": READ_ONLY, "PolicyArns": [{"arn": arn}]}]
