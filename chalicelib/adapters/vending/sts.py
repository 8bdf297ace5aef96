"""Assume clients' roles with AWS STS (the Sts port). No other module gets AWS credentials.

A vend assumes a role to issue its credentials to a member, on terms that the access decision sets.
A probe assumes a role only to test it, and discards the credentials.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import AwsRefused, DaypassError, Reason, Unavailable
from chalicelib.domain.policies.credential_actions import DENY_ALL
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.vending.vends import Credentials
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult

THROTTLING_ERRORS = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded"})
# Errors of the broker role's own credentials, or of STS. They prove nothing about the client's
# role.
BROKER_ERRORS = frozenset(
    {"ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch", "RequestExpired"}
)

# Two attempts, because the first may use a connection that was lost while the Lambda function was
# frozen.
CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
    parameter_validation=False,  # all parameters come from parsed values
)


class AwsSts:
    """The Sts port on botocore clients.

    `get_sts_client` returns the STS client for AssumeRole, in the function's own region.
    `create_client` creates a client for any service, for checks of roles. `broker_role_arn` is the
    IAM role that Daypass runs as. `function_arn` is the ARN of the Lambda function; empty outside
    AWS Lambda.
    """

    def __init__(
        self,
        get_sts_client: Callable[[], Any],
        create_client: Callable[..., Any],
        broker_role_arn: str,
        function_arn: str = "",
    ) -> None:
        self._get_sts_client = get_sts_client
        self._create_client = create_client
        self._broker_role_arn = broker_role_arn
        self._function_arn = function_arn

    def issue(self, terms: Terms, session_name: str) -> Credentials:
        """Assume the role on these terms, and return the session's credentials. Raise AwsRefused if
        AWS issued no session, and Unavailable if AWS may have issued one."""
        request = build_assume_role_request(terms, session_name, terms.session_policy)
        if terms.session_policy_arns:
            request["PolicyArns"] = [{"arn": arn} for arn in terms.session_policy_arns]
        try:
            response = self._get_sts_client().assume_role(**request)
        except (ClientError, BotoCoreError) as error:
            failure = translate_error(error)
            if isinstance(error, ClientError):
                metadata = error.response.get("ResponseMetadata", {})
                failure.aws_request_id = metadata.get("RequestId", "")
            raise failure from error
        credentials = response["Credentials"]
        return Credentials(
            access_key_id=credentials["AccessKeyId"],
            secret_access_key=credentials["SecretAccessKey"],
            session_token=credentials["SessionToken"],
            expires_at=credentials["Expiration"],
            assumed_role_arn=response["AssumedRoleUser"]["Arn"],
            request_id=response["ResponseMetadata"].get("RequestId", ""),
        )

    def probe(self, probe: Probe) -> ProbeOutcome:
        """Try to assume the role, and return the outcome. Discard the credentials."""
        outcome, _ = self._assume_for_probe(probe)
        return outcome

    def probe_account(self, probe: Probe) -> ProbeResult:
        """Try to assume the role, and return the outcome. If AWS issued a session, also return the
        AWS account that the session is in, or None if AWS does not name it."""
        outcome, credentials = self._assume_for_probe(probe)
        if credentials is None:
            return ProbeResult(outcome)
        try:
            # No policy can deny this call ("GetCallerIdentity", STS API Reference).
            identity = self._create_client(
                "sts", config=CONFIG, **build_client_keys(credentials)
            ).get_caller_identity()
        except (ClientError, BotoCoreError):
            return ProbeResult(outcome)
        return ProbeResult(outcome, identity["Account"])

    def may_assume(self, role_arn: str) -> bool | None:
        """Return whether the broker role's own policies permit it to assume this role, according to
        IAM's policy simulator. Return None if that is unknown."""
        # A condition in the broker role's policies uses this key, so the simulation needs its
        # value.
        context = [
            {
                "ContextKeyName": "lambda:SourceFunctionArn",
                "ContextKeyType": "string",
                "ContextKeyValues": [self._function_arn],
            }
        ]
        try:
            # The simulator evaluates the broker role's own policies, but not the client's trust
            # policy ("SimulatePrincipalPolicy", IAM API Reference).
            simulated = self._create_client("iam", config=CONFIG).simulate_principal_policy(
                PolicySourceArn=self._broker_role_arn,
                ActionNames=["sts:AssumeRole"],
                ResourceArns=[role_arn],
                ContextEntries=context if self._function_arn else [],
            )
        except (ClientError, BotoCoreError):
            return None
        (result,) = simulated["EvaluationResults"]
        return _is_permitted(result)

    def _assume_for_probe(self, probe: Probe) -> tuple[ProbeOutcome, dict[str, str] | None]:
        """Try to assume the role with a session policy that denies everything. Return the outcome
        and, if AWS issued a session, its credentials, which have no permissions."""
        try:
            response = self._get_sts_client().assume_role(
                **build_assume_role_request(probe, probe.session_name, DENY_ALL)
            )
        except ClientError as error:
            return _translate_probe_error(error), None
        except BotoCoreError:
            return ProbeOutcome.UNKNOWN, None
        return ProbeOutcome.ACCEPTED, response["Credentials"]


def build_assume_role_request(
    terms: Terms | Probe, session_name: str, session_policy: str | None
) -> dict[str, Any]:
    """Return the parameters of the AssumeRole call for a vend, a probe or a canary."""
    request: dict[str, Any] = {
        "RoleArn": terms.role_arn,
        "RoleSessionName": session_name,
        "DurationSeconds": terms.duration,
    }
    if terms.external_id is not None:
        request["ExternalId"] = terms.external_id
    if terms.source_identity is not None:
        request["SourceIdentity"] = terms.source_identity
    if terms.tags:
        request["Tags"] = [{"Key": key, "Value": value} for key, value in terms.tags]
    if session_policy is not None:
        request["Policy"] = session_policy
    return request


def build_client_keys(credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the credentials of a session as the arguments of an SDK client."""
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


def _is_permitted(result: Mapping[str, Any]) -> bool | None:
    """Return whether the broker role's policies allow AssumeRole, according to this
    `EvaluationResult` of IAM's policy simulator. Return None if a denial may have another cause.

    Other causes are a condition key without a value, a policy of the firm's AWS organization, and
    the client's account, which the simulator cannot read ("EvaluationResult", IAM API Reference).
    """
    if result["EvalDecision"] == "allowed":
        return True
    results = [result, *result.get("ResourceSpecificResults", ())]
    if any(part.get("MissingContextValues") for part in results):
        return None
    if any("allowed" in part.get("EvalDecisionDetails", {}).values() for part in results):
        return None
    if not result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True):
        return None
    return False


def _translate_probe_error(error: ClientError) -> ProbeOutcome:
    """Return the outcome of a probe to which AWS responded with this error."""
    details = error.response["Error"]
    code = details["Code"]
    message = details.get("Message") or ""  # botocore reads an empty element as None
    if code == "AccessDenied":
        return ProbeOutcome.REFUSED
    if code == "RegionDisabledException":
        return ProbeOutcome.REGION_DISABLED
    if code == "ValidationError" and "MaxSessionDuration" in message:
        return ProbeOutcome.TOO_LONG
    return ProbeOutcome.UNKNOWN


def translate_error(error: ClientError | BotoCoreError) -> DaypassError:
    """Return the error to raise for this error of AssumeRole: AwsRefused if AWS certainly
    refused the role or the request, and otherwise Unavailable."""
    if not isinstance(error, ClientError):
        return Unavailable(Reason.AWS_UNREACHABLE)
    code = error.response["Error"]["Code"]
    metadata = error.response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", 500)
    if code not in THROTTLING_ERRORS and metadata.get("RetryAttempts"):
        # This is the response to a retry. The first attempt may have succeeded although its
        # response was lost.
        return Unavailable(Reason.AWS_UNREACHABLE)
    if code in THROTTLING_ERRORS:
        return Unavailable(Reason.AWS_THROTTLED)
    # Errors of STS or of Daypass's own credentials say nothing about the role.
    if status >= 500 or code in BROKER_ERRORS:
        return Unavailable(Reason.AWS_UNREACHABLE)
    if code == "AccessDenied":
        return AwsRefused(Reason.ROLE_REFUSED_DAYPASS)
    return AwsRefused(Reason.AWS_REJECTED)
