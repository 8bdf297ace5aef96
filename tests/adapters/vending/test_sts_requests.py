"""The exact requests of the adapter to AWS STS and IAM, and what their errors mean for a vend."""

import json
from datetime import UTC, datetime

from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.adapters.vending.sts import CONFIG, AwsSts
from chalicelib.domain.errors import AwsRefused, Unavailable
from chalicelib.domain.policies.credential_actions import (
    NO_CHAINING,
    READ_ONLY,
    read_only_policy_arn,
)
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.vending.vends import Credentials
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult
from tests.builders import a_probe
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.refusals import refused

ROLE = "arn:aws:iam::987654321098:role/ContractorRole"
BROKER = "arn:aws:iam::123456789012:role/daypass-broker"
NAME = "wqkzvbmxtrpl.5d2f8a0c4e917b36"
TAGS = (("DaypassMember", "alice"), ("DaypassEngagement", "acme-prod"))
ENDS = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:daypass-Enter-abc"
ARN = "arn:aws:sts::987654321098:assumed-role/ContractorRole/x"


class RecordingSts:
    """A fake AWS STS that accepts every request and records the requests and the clients."""

    def __init__(self):
        self.sent = []

    def assume_role(self, **request):
        policy = request.get("Policy", "")
        # That of an agent is long, and held in tests/domain/policies.
        text = "READ_ONLY" if policy == READ_ONLY else json.loads(policy or "null")
        self.sent.append(request | ({"Policy": text} if policy else {}))
        keys = {"AccessKeyId": "ASIAFAKE", "SecretAccessKey": "secret", "SessionToken": "token"}
        return {
            "Credentials": keys | {"Expiration": ENDS},
            "AssumedRoleUser": {"Arn": ARN},
            "ResponseMetadata": {"RequestId": "request-1"},
        }

    def get_caller_identity(self):
        return {"Account": "987654321098"}

    def simulate_principal_policy(self, **request):
        self.sent.append(request)
        return {"EvaluationResults": [{"EvalDecision": "allowed"}]}

    def clients(self, service, **options):
        assert options.pop("config") is CONFIG
        self.sent.append({"a client": service, **options})
        return self


def probe(sts, **fields):
    return sts.probe(a_probe(ROLE, session_name=NAME, **fields))


def issue(sts, **changes):
    fields = {
        "role_arn": ROLE,
        "external_id": "daypass-x",
        "duration": 1800,
        "source_identity": "alice",
        "tags": TAGS,
        "session_policy": NO_CHAINING,
    }
    return sts.issue(Terms(**(fields | changes)), NAME)


ACCEPTED = ProbeOutcome.ACCEPTED
ISSUED = Credentials(
    access_key_id="ASIAFAKE",
    secret_access_key="secret",
    session_token="token",
    expires_at=ENDS,
    assumed_role_arn=ARN,
    request_id="request-1",
)
AS_ALICE = {"external_id": "daypass-x", "source_identity": "alice", "tags": TAGS}
OF_AGENTS = {"session_policy": READ_ONLY, "session_policy_arns": (read_only_policy_arn(ROLE),)}
CALLS = {
    "probe": (ACCEPTED, lambda sts: probe(sts, external_id="daypass-x")),
    "long probe": (ACCEPTED, lambda sts: probe(sts, external_id="daypass-x", duration=3600)),
    "no external ID": (ACCEPTED, lambda sts: probe(sts, external_id=None)),
    "as a member": (ACCEPTED, lambda sts: probe(sts, external_id=None, source_identity="alice")),
    "with tags": (ACCEPTED, lambda sts: probe(sts, external_id="daypass-x", tags=TAGS)),
    "account probe, with the new session's keys": (
        ProbeResult(ACCEPTED, "987654321098"),
        lambda sts: sts.probe_account(a_probe(ROLE, session_name=NAME, **AS_ALICE)),
    ),
    "simulation": (True, lambda sts: sts.may_assume(ROLE)),
    "session": (ISSUED, issue),
    "no source identity": (ISSUED, lambda sts: issue(sts, source_identity=None)),
    "no tags": (ISSUED, lambda sts: issue(sts, tags=())),
    "no session policy": (ISSUED, lambda sts: issue(sts, session_policy=None)),
    "an agent's session": (ISSUED, lambda sts: issue(sts, **OF_AGENTS)),
}


def test_each_call_sends_exactly_these_requests():
    """A probe's session policy denies everything, and a client that assumes no role is made only
    for an account or a simulation."""
    lines = []
    for name, (result, call) in CALLS.items():
        sts = RecordingSts()
        port = AwsSts(lambda sts=sts: sts, sts.clients, BROKER, FUNCTION)
        assert call(port) == result
        lines.append(f"=== {name}\n{json.dumps(sts.sent, indent=1)}")
    hold_against_file("sts-requests.txt", "\n".join(lines))


def test_the_simulation_has_no_context_outside_a_function():
    sts = RecordingSts()
    AwsSts(lambda: sts, sts.clients, BROKER).may_assume(ROLE)
    assert sts.sent[1]["ContextEntries"] == []


def failing_sts(error):
    class Sts:
        def assume_role(self, **_):
            raise error

    return AwsSts(Sts, lambda *_, **__: None, BROKER)


def client_error(code, status=400, **metadata):
    metadata = {"RetryAttempts": 0, "HTTPStatusCode": status} | metadata
    metadata = {name: each for name, each in metadata.items() if each is not None}
    response = {"Error": {"Code": code, "Message": "any"}, "ResponseMetadata": metadata}
    return ClientError(response, "AssumeRole")


@every(
    "kind, reason, errors",
    [
        (
            AwsRefused,
            "role-refused-daypass",
            [
                client_error("AccessDenied", 403),
                client_error("AccessDenied", 403, RetryAttempts=None),
            ],
        ),
        (
            AwsRefused,
            "aws-rejected",
            [
                client_error("ValidationError"),
                client_error("RegionDisabledException", 403),
                client_error("AnythingElse", 499),
            ],
        ),
        (
            Unavailable,
            "aws-throttled",
            [
                client_error("Throttling"),
                client_error("Throttling", RetryAttempts=1),
                client_error("ThrottlingException"),
                client_error("RequestLimitExceeded", 503),
            ],
        ),
        (
            Unavailable,
            "aws-unreachable",
            [
                # A fault of Daypass's own credentials, or of STS.
                client_error("ExpiredToken", 403),
                client_error("InvalidClientTokenId", 403),
                client_error("SignatureDoesNotMatch", 403),
                client_error("RequestExpired"),
                client_error("InternalFailure", 500),
                client_error("AccessDenied", 500),
                client_error("AccessDenied", None),
                ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole"),
                EndpointConnectionError(endpoint_url="https://sts"),
                # An error on a retry says nothing about the first try, whose response was lost.
                client_error("AccessDenied", 403, RetryAttempts=1),
                client_error("ValidationError", RetryAttempts=1),
            ],
        ),
    ],
)
def test_only_a_refusal_of_the_first_try_proves_that_aws_issued_nothing(kind, reason, errors):
    for error in errors:
        refusal = refused(issue, failing_sts(error))
        assert (type(refusal), refusal.reason) == (kind, reason), error


@every("error", [{}, {"Message": None}])
def test_an_error_without_a_message_leaves_the_outcome_of_a_probe_unknown(error):
    answer = ClientError({"Error": error | {"Code": "ValidationError"}}, "AssumeRole")
    assert probe(failing_sts(answer), external_id="x") == "unknown"
