"""Outcomes of a probe for AWS's errors, and the broker's own permission."""

import pytest
from botocore.exceptions import UnknownServiceError

from chalicelib.adapters.vending.sts import AwsSts
from chalicelib.domain.firm import Firm
from chalicelib.domain.onboarding.setup import broker_policies as firm
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult
from local import sample_accounts
from tests.adapters.faults import STS_FAULTS, failing, failing_sts_checks, sts_error
from tests.builders import a_probe
from tests.local.scene import (
    BY_LAMBDA,
    Credentials,
    new_role,
    policy,
    refusal,
    run_as,
    trusting,
    user,
)
from tests.rows import every

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


@every(
    "code, status, text, outcome",
    [
        ("AccessDenied", 403, DENIED, "refused"),
        ("ValidationError", 400, TOO_LONG, "too-long"),
        ("ValidationError", 400, CHAINING, "unknown"),
        ("ValidationError", 400, CONSTRAINT, "unknown"),
        ("AccessDenied", 403, f"{DENIED} MaxSessionDuration", "refused"),
        ("Throttling", 400, TOO_LONG, "unknown"),
        ("RegionDisabledException", 403, NOT_ACTIVE, "region-disabled"),
        ("ValidationError", 400, "", "unknown"),
    ],
)
def test_the_error_code_and_text_determine_the_outcome_of_a_probe(
    aws, sts, code, status, text, outcome
):
    with failing(sts, "AssumeRole", lambda: sts_error(code, status, text)):
        assert aws.ports.sts.probe(a_probe(ANY, RIGHT, duration=3600)) == outcome
        assert aws.ports.sts.probe_account(a_probe(ANY, RIGHT)) == ProbeResult(outcome)


def no_other_client(service, **_):
    raise AssertionError(f"the adapter created a client for {service}")


def test_the_local_aws_reports_too_long_in_the_same_words(aws, name):
    """Every role allows an hour, and role chaining is limited to an hour. So a user assumes it."""
    arn = new_role(aws.endpoint, ACME, trust=[trusting({"AWS": sample_accounts.FIRM})])
    port = AwsSts(lambda: user(aws.endpoint), no_other_client, aws.foundation.broker_role_arn)
    assert port.probe(a_probe(arn, RIGHT, duration=3601)) == "too-long"
    assert port.probe(a_probe(arn, RIGHT, duration=3600)) == "accepted"


@pytest.fixture
def open_role(aws):
    return new_role(aws.endpoint, ACME, trust=[trusting({"AWS": sample_accounts.FIRM})])


@every("fault", STS_FAULTS)
def test_the_account_is_unknown_if_get_caller_identity_fails(aws, sts, open_role, fault):
    with failing_sts_checks(aws, "sts", "GetCallerIdentity", STS_FAULTS[fault]) as port:
        assert port.probe_account(a_probe(open_role, RIGHT)) == ProbeResult(
            ProbeOutcome.ACCEPTED, None
        )


def test_a_client_that_cannot_be_created_leaves_account_and_permission_unknown(aws, open_role):
    def fail(service, **_):
        raise UnknownServiceError(service_name=service, known_service_names="")

    sts = aws.ports.sts
    assert isinstance(sts, AwsSts)
    port = AwsSts(sts._get_sts_client, fail, sts._broker_role_arn)
    assert port.probe_account(a_probe(open_role, RIGHT)) == ProbeResult(ProbeOutcome.ACCEPTED, None)
    assert port.may_assume(open_role) is None


def test_the_probes_own_session_asks_for_the_account(aws, open_role):
    """The request uses only the new session's keys. The session's policy denies everything else."""
    sts = aws.ports.sts
    assert isinstance(sts, AwsSts)
    client_options = []

    def clients(service, **options):
        client_options.append(options)
        return sts._create_client(service, **options)

    AwsSts(sts._get_sts_client, clients, sts._broker_role_arn).probe_account(
        a_probe(open_role, RIGHT)
    )
    (options,) = client_options
    credentials = Credentials(
        aws.endpoint,
        options["aws_access_key_id"],
        options["aws_secret_access_key"],
        options["aws_session_token"],
    )
    assert f":assumed-role/{open_role.rsplit('/', 1)[1]}/" in caller_arn(credentials)
    denied = refusal(credentials.client("s3").list_buckets)
    assert denied.code == "AccessDenied"


def caller_arn(credentials):
    return str(credentials.client("sts").get_caller_identity()["Arn"])


def a_broker(aws, *statements, may_simulate=True):
    """Create a broker role with these statements, and return its Sts port."""
    role_arn = new_role(
        aws.endpoint, sample_accounts.FIRM, trust=[BY_LAMBDA], permissions=statements
    )
    if may_simulate:
        simulation = {
            "Effect": "Allow",
            "Action": "iam:SimulatePrincipalPolicy",
            "Resource": role_arn,
        }
        aws.endpoint.as_root(sample_accounts.FIRM, "iam").put_role_policy(
            RoleName=role_arn.rsplit("/", 1)[1],
            PolicyName="self",
            PolicyDocument=policy([simulation]),
        )
    broker = run_as(aws.endpoint, role_arn)
    sts = broker.client("sts")
    return AwsSts(lambda: sts, lambda service, **_: broker.client(service), role_arn)


def listing(*role_arns):
    """Return the broker's policy statements for an operator that lists the clients' roles."""
    daypass = Firm(account_id=sample_accounts.FIRM, partition="aws")
    policies = firm.build_broker_policies(daypass, role_arns)
    return [statement for document in policies for statement in document["Statement"]]


def test_a_broker_that_lists_other_clients_may_not_assume_this_role(aws, open_role):
    """The client's role would accept the broker. The refusal comes from the broker's own policy."""
    other = f"arn:aws:iam::{sample_accounts.GLOBEX.account}:role/Theirs"
    port = a_broker(aws, *listing(other))
    assert port.probe(a_probe(open_role, RIGHT)) == "refused"
    assert port.may_assume(open_role) is False
    assert port.may_assume(other) is True


def test_a_broker_that_may_not_simulate_its_policies_reports_unknown(aws, open_role):
    port = a_broker(aws, *listing(ANY), may_simulate=False)
    assert port.probe(a_probe(open_role, RIGHT)) == "refused"
    assert port.may_assume(open_role) is None


@every("fault", STS_FAULTS)
def test_a_failing_simulator_leaves_the_permission_unknown(aws, sts, open_role, fault):
    with failing_sts_checks(aws, "iam", "SimulatePrincipalPolicy", STS_FAULTS[fault]) as port:
        assert port.may_assume(open_role) is None


MISSING_CONTEXT = {"MissingContextValues": ["sts:ExternalId"]}
RESOURCE_DENIES = {
    "EvalDecisionDetails": {"IAM Policy": "allowed", "Resource Policy": "implicitDeny"}
}
NO_POLICY_ALLOWS = {"EvalDecisionDetails": {"IAM Policy": "implicitDeny"}}
ORGANIZATION_DENIES = {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}
ORGANIZATION_ALLOWS = {"OrganizationsDecisionDetail": {"AllowedByOrganizations": True}}


@every(
    "decision, details, may_assume",
    [
        ("allowed", {}, True),
        ("allowed", RESOURCE_DENIES | ORGANIZATION_ALLOWS, True),
        ("implicitDeny", {}, False),
        ("explicitDeny", {}, False),
        ("implicitDeny", NO_POLICY_ALLOWS | ORGANIZATION_ALLOWS, False),
        ("implicitDeny", {"MissingContextValues": []}, False),
        ("implicitDeny", MISSING_CONTEXT, None),
        ("explicitDeny", MISSING_CONTEXT, None),
        ("implicitDeny", {"ResourceSpecificResults": [MISSING_CONTEXT]}, None),
        ("implicitDeny", RESOURCE_DENIES, None),
        ("implicitDeny", {"ResourceSpecificResults": [RESOURCE_DENIES]}, None),
        ("implicitDeny", {"ResourceSpecificResults": [NO_POLICY_ALLOWS]}, False),
        ("implicitDeny", ORGANIZATION_DENIES, None),
    ],
)
def test_a_denial_counts_as_the_brokers_only_if_nothing_else_can_cause_it(
    decision, details, *, may_assume
):
    """The local AWS never returns these results. Their form is "EvaluationResult" (IAM API)."""

    class Simulator:
        def simulate_principal_policy(self, **_):
            return {"EvaluationResults": [{"EvalDecision": decision} | details]}

    port = AwsSts(None, lambda *_, **__: Simulator(), sample_accounts.BROKER_ROLE)
    assert port.may_assume(ANY) is may_assume
