"""What the adapter asks AWS STS for, to the letter: nothing more, nothing less."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.adapters.vending.sts import CONFIG, AwsSts
from chalicelib.domain.credential_actions import NO_CHAINING
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult
from tests.builders import a_probe

ROLE = "arn:aws:iam::987654321098:role/ContractorRole"
NAME = "wqkzvbmxtrpl.5d2f8a0c4e917b36"
TAGS = (("DaypassMember", "alice"), ("DaypassEngagement", "acme-prod"))
AS_STS_HAS_THEM = [
    {"Key": "DaypassMember", "Value": "alice"},
    {"Key": "DaypassEngagement", "Value": "acme-prod"},
]
ENDS = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
DENIES_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "DaypassProbe", "Effect": "Deny", "Action": "*", "Resource": "*"}],
}


class Recorded:
    """AWS STS that lets everybody in and remembers what it was asked, and by which client."""

    def __init__(self, *, of_probes: bool) -> None:
        self.asked: list[dict[str, Any]] = []
        self.made: list[tuple[str, dict[str, Any]]] = []
        self._of_probes = of_probes

    def assume_role(self, **request: Any) -> dict[str, Any]:
        if self._of_probes:
            refuse_what_permits(request)
        self.asked.append(request)
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
        self.asked.append(request)
        return {"EvaluationResults": [{"EvalDecision": "allowed"}]}

    def clients(self, service: str, **more: Any) -> Recorded:
        self.made.append((service, more))
        return self

    @property
    def port(self) -> AwsSts:
        return AwsSts(
            lambda: self,
            self.clients,
            "arn:aws:iam::123456789012:role/daypass-broker",
            "arn:aws:lambda:eu-central-1:123456789012:function:daypass-Enter-abc",
        )


def refuse_what_permits(request: dict[str, Any]) -> None:
    """A probe whose session policy lets it do anything is not answered."""
    assert json.loads(request["Policy"]) == DENIES_ALL
    assert "PolicyArns" not in request


def without_its_policy(request: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name != "Policy"}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"external_id": "daypass-x"}, {"ExternalId": "daypass-x"}),
        ({"external_id": None}, {}),
        ({"external_id": None, "source_identity": "alice"}, {"SourceIdentity": "alice"}),
        ({"external_id": "daypass-x", "tags": TAGS},
         {"ExternalId": "daypass-x", "Tags": AS_STS_HAS_THEM}),
        ({"external_id": "daypass-x", "source_identity": "alice", "tags": TAGS},
         {"ExternalId": "daypass-x", "SourceIdentity": "alice", "Tags": AS_STS_HAS_THEM}),
    ],
)  # fmt: skip
def test_a_probe_sends_its_parameters_and_a_policy_that_denies_everything(
    given: dict[str, Any], sent: dict[str, Any]
) -> None:
    sts = Recorded(of_probes=True)
    expected = {"RoleArn": ROLE, "RoleSessionName": NAME, "DurationSeconds": 900, **sent}
    assert sts.port.probe(a_probe(ROLE, session_name=NAME, **given)) is ProbeOutcome.ACCEPTED
    assert (
        sts.port.probe(a_probe(ROLE, session_name=NAME, duration=3600, **given))
        is ProbeOutcome.ACCEPTED
    )
    item, long = map(without_its_policy, sts.asked)
    assert item == expected
    assert long == expected | {"DurationSeconds": 3600}
    assert sts.made == []


def test_learning_the_account_uses_the_probes_credentials() -> None:
    sts = Recorded(of_probes=True)
    arrival = sts.port.arrive(
        a_probe(ROLE, "daypass-x", session_name=NAME, source_identity="alice", tags=TAGS)
    )
    assert arrival == ProbeResult(ProbeOutcome.ACCEPTED, "987654321098")
    (request,) = map(without_its_policy, sts.asked)
    assert request == {
        "RoleArn": ROLE,
        "RoleSessionName": NAME,
        "DurationSeconds": 900,
        "ExternalId": "daypass-x",
        "SourceIdentity": "alice",
        "Tags": AS_STS_HAS_THEM,
    }
    assert sts.made == [
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


def test_whether_we_may_ask_is_asked_of_our_own_role_and_of_this_one_alone() -> None:
    sts = Recorded(of_probes=True)
    assert sts.port.may_ask(ROLE) is True
    assert sts.made == [("iam", {"config": CONFIG})]
    assert sts.asked == [
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


def test_outside_lambda_the_simulation_names_no_function() -> None:
    sts = Recorded(of_probes=True)
    AwsSts(lambda: sts, sts.clients, "arn:aws:iam::123456789012:role/daypass-broker").may_ask(ROLE)
    (request,) = sts.asked
    assert request["ContextEntries"] == []


def terms(**changes: Any) -> Terms:
    facts = {
        "role_arn": ROLE,
        "external_id": "daypass-x",
        "duration": 1800,
        "source_identity": "alice",
        "tags": TAGS,
        "session_policy": NO_CHAINING,
    }
    return Terms(**(facts | changes))


ALL = {
    "RoleArn": ROLE,
    "RoleSessionName": NAME,
    "DurationSeconds": 1800,
    "ExternalId": "daypass-x",
    "SourceIdentity": "alice",
    "Tags": AS_STS_HAS_THEM,
    "Policy": NO_CHAINING,
}


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({}, set()),
        ({"source_identity": None}, {"SourceIdentity"}),
        ({"tags": ()}, {"Tags"}),
        ({"session_policy": None}, {"Policy"}),
    ],
)
def test_a_session_is_asked_for_on_the_terms_and_on_nothing_else(
    changes: dict[str, Any], lacking: set[str]
) -> None:
    sts = Recorded(of_probes=False)
    response = sts.port.issue(terms(**changes), NAME)
    assert sts.asked == [{name: value for name, value in ALL.items() if name not in lacking}]
    assert response.access_key_id == "ASIAFAKE"
    assert response.secret_access_key == "secret"
    assert response.session_token == "token"
    assert response.expires_at == ENDS
    assert response.request_id == "request-1"
    assert response.assumed_role_arn.endswith(":assumed-role/ContractorRole/x")


@pytest.mark.parametrize(
    "policy",
    [
        None,
        NO_CHAINING,
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    ],
)
def test_the_fake_answers_no_probe_that_may_do_something(policy: str | None) -> None:
    """Else the tests above would prove nothing."""
    request = {} if policy is None else {"Policy": policy}
    with pytest.raises((AssertionError, KeyError)):
        Recorded(of_probes=True).assume_role(**request)
