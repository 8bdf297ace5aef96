"""What AWS says to the adapter besides yes and no, and whether our own side may ask at all."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import UnknownServiceError

from chalicelib.adapters.vending.sts import AwsSts
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult
from local import sample_accounts
from tests.adapters.faults import STS_FAULTS, failing, failing_sts_checks, sts_error
from tests.adapters.races.brokers import a_broker, listing
from tests.adapters.scene import Aws
from tests.builders import a_probe
from tests.local.scene import (
    Credentials,
    new_role,
    refusal,
    trusting,
    user,
)

RIGHT = "daypass-right"
ACME = sample_accounts.ACME.account
ANY = f"arn:aws:iam::{ACME}:role/Any"
CHAINING = (
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role"
    " chaining."
)
TOO_LONG = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
CONSTRAINT = (
    "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy"
    " constraint: Member must have value less than or equal to 43200"
)
NOT_ACTIVE = f"STS is not activated in this region for account:{ACME}."
DENIED = (
    "User: arn:aws:sts::123456789012:assumed-role/daypass-broker/f is not authorized to perform:"
    f" sts:AssumeRole on resource: {ANY}"
)


@pytest.mark.parametrize(
    ("code", "status", "text", "answer"),
    [
        ("AccessDenied", 403, DENIED, ProbeOutcome.REFUSED),
        ("ValidationError", 400, TOO_LONG, ProbeOutcome.TOO_LONG),
        ("ValidationError", 400, CHAINING, ProbeOutcome.UNKNOWN),
        ("ValidationError", 400, CONSTRAINT, ProbeOutcome.UNKNOWN),
        ("AccessDenied", 403, f"{DENIED} MaxSessionDuration", ProbeOutcome.REFUSED),
        ("Throttling", 400, TOO_LONG, ProbeOutcome.UNKNOWN),
        ("RegionDisabledException", 403, NOT_ACTIVE, ProbeOutcome.REGION_DISABLED),
        ("ValidationError", 400, "", ProbeOutcome.UNKNOWN),
    ],
)
def test_a_probes_outcome_follows_from_the_error_code_and_text(
    aws: Aws, sts: Any, code: str, status: int, text: str, answer: ProbeOutcome
) -> None:
    with failing(sts, "AssumeRole", lambda: sts_error(code, status, text)):
        assert aws.ports.sts.probe(a_probe(ANY, RIGHT, duration=3600)) is answer
        assert aws.ports.sts.arrive(a_probe(ANY, RIGHT)) == ProbeResult(answer)


def no_others(service: str, **_: Any) -> Any:
    raise AssertionError(f"{service}: not asked for here")


def test_the_local_aws_says_too_long_in_the_same_words(aws: Aws, name: str) -> None:
    """A role gives an hour at least, and another role has an hour at most: so a user asks."""
    arn = new_role(aws.endpoint, ACME, trust=[trusting({"AWS": sample_accounts.FIRM})])
    port = AwsSts(lambda: user(aws.endpoint), no_others, aws.foundation.broker_role_arn)
    assert port.probe(a_probe(arn, RIGHT, duration=3601)) is ProbeOutcome.TOO_LONG
    assert port.probe(a_probe(arn, RIGHT, duration=3600)) is ProbeOutcome.ACCEPTED


@pytest.fixture
def open_role(aws: Aws) -> str:
    return new_role(aws.endpoint, ACME, trust=[trusting({"AWS": sample_accounts.FIRM})])


@pytest.mark.parametrize("fault", STS_FAULTS)
def test_a_probe_that_cannot_learn_its_account_names_none(
    aws: Aws, sts: Any, open_role: str, fault: str
) -> None:
    with failing_sts_checks(aws, "sts", "GetCallerIdentity", STS_FAULTS[fault]) as port:
        assert port.arrive(a_probe(open_role, RIGHT)) == ProbeResult(ProbeOutcome.ACCEPTED, None)


def test_a_client_that_cannot_be_made_leaves_the_account_unknown(aws: Aws, open_role: str) -> None:
    def cannot(service: str, **_: Any) -> Any:
        raise UnknownServiceError(service_name=service, known_service_names="")

    sts = aws.ports.sts
    assert isinstance(sts, AwsSts)
    port = AwsSts(sts._client, cannot, sts._broker_role_arn)
    assert port.arrive(a_probe(open_role, RIGHT)) == ProbeResult(ProbeOutcome.ACCEPTED, None)
    assert port.may_ask(open_role) is None


def test_the_account_is_asked_for_as_the_role_and_not_as_ourselves(
    aws: Aws, open_role: str
) -> None:
    """With nothing but the keys that were just given, and to no effect: the session denies all."""
    sts = aws.ports.sts
    assert isinstance(sts, AwsSts)
    made: list[Any] = []

    def clients(service: str, **more: Any) -> Any:
        made.append(more)
        return sts._clients(service, **more)

    AwsSts(sts._client, clients, sts._broker_role_arn).arrive(a_probe(open_role, RIGHT))
    (more,) = made
    credentials = Credentials(
        aws.endpoint,
        more["aws_access_key_id"],
        more["aws_secret_access_key"],
        more["aws_session_token"],
    )
    assert f":assumed-role/{open_role.rsplit('/', 1)[1]}/" in who_is(credentials)
    denied = refusal(credentials.client("s3").list_buckets)
    assert denied is not None
    assert denied.code == "AccessDenied"


def who_is(given: Credentials) -> str:
    return str(given.client("sts").get_caller_identity()["Arn"])


def test_a_broker_that_lists_other_clients_may_not_ask_for_this_one(
    aws: Aws, open_role: str
) -> None:
    """The client's role would let it in: the refusal is our own."""
    other = f"arn:aws:iam::{sample_accounts.GLOBEX.account}:role/Theirs"
    port = a_broker(aws, *listing(other))
    assert port.probe(a_probe(open_role, RIGHT)) is ProbeOutcome.REFUSED
    assert port.may_ask(open_role) is False
    assert port.may_ask(other) is True


def test_no_broker_may_ask_for_a_role_of_our_own(aws: Aws) -> None:
    assert a_broker(aws, *listing(ANY)).may_ask(sample_accounts.BROKER_ROLE) is False
    assert aws.ports.sts.may_ask(sample_accounts.BROKER_ROLE) is False


def test_a_broker_without_any_permission_may_not_ask(aws: Aws) -> None:
    assert a_broker(aws).may_ask(ANY) is False


def test_a_broker_that_may_not_look_at_itself_does_not_know(aws: Aws, open_role: str) -> None:
    port = a_broker(aws, *listing(ANY), knows_itself=False)
    assert port.probe(a_probe(open_role, RIGHT)) is ProbeOutcome.REFUSED
    assert port.may_ask(open_role) is None


@pytest.mark.parametrize("fault", STS_FAULTS)
def test_a_simulator_that_does_not_answer_leaves_it_open(
    aws: Aws, sts: Any, open_role: str, fault: str
) -> None:
    with failing_sts_checks(aws, "iam", "SimulatePrincipalPolicy", STS_FAULTS[fault]) as port:
        assert port.may_ask(open_role) is None


MISSING = {"MissingContextValues": ["sts:ExternalId"]}
OF_TWO = {"EvalDecisionDetails": {"IAM Policy": "allowed", "Resource Policy": "implicitDeny"}}
OF_NEITHER = {"EvalDecisionDetails": {"IAM Policy": "implicitDeny"}}
BY_ORGANIZATION = {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}
IN_ORGANIZATION = {"OrganizationsDecisionDetail": {"AllowedByOrganizations": True}}


@pytest.mark.parametrize(
    ("decision", "more", "may_ask"),
    [
        ("allowed", {}, True),
        ("allowed", OF_TWO | IN_ORGANIZATION, True),
        ("implicitDeny", {}, False),
        ("explicitDeny", {}, False),
        ("implicitDeny", OF_NEITHER | IN_ORGANIZATION, False),
        ("implicitDeny", {"MissingContextValues": []}, False),
        ("implicitDeny", MISSING, None),
        ("explicitDeny", MISSING, None),
        ("implicitDeny", {"ResourceSpecificResults": [MISSING]}, None),
        ("implicitDeny", OF_TWO, None),
        ("implicitDeny", {"ResourceSpecificResults": [OF_TWO]}, None),
        ("implicitDeny", {"ResourceSpecificResults": [OF_NEITHER]}, False),
        ("implicitDeny", BY_ORGANIZATION, None),
    ],
)
def test_a_denial_counts_as_ours_only_if_it_can_be_nothing_else(
    decision: str, more: dict[str, Any], *, may_ask: bool | None
) -> None:
    """Answers that the local AWS never gives, in the form of "EvaluationResult" (IAM API)."""

    class Simulator:
        def simulate_principal_policy(self, **_: Any) -> Any:
            return {"EvaluationResults": [{"EvalDecision": decision} | more]}

    port = AwsSts(None, lambda *_, **__: Simulator(), sample_accounts.BROKER_ROLE)
    assert port.may_ask(ANY) is may_ask
