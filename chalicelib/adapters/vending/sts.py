"""The Sts port on AWS STS: the only file that gets credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.credential_actions import DENY_ALL
from chalicelib.domain.errors import AwsRefused, DaypassError, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.vending.credentials import Credentials
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult

_THROTTLED = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded"})
# Errors of the broker's own credentials or of STS, which say nothing about the role.
_NOT_THE_ROLE = frozenset(
    {"ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch", "RequestExpired"}
)

# Two attempts, because the first may use a connection that died while the function was frozen.
CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
    parameter_validation=False,  # all parameters come from parsed values
)


class AwsSts:
    """AssumeRole with a botocore client for STS in the function's own region.

    `client` returns that client. `clients` makes clients by service for everything but a vend.
    `broker_role_arn` is the role that Daypass runs as, and `function_arn` its function, if any.
    """

    def __init__(
        self,
        client: Callable[[], Any],
        clients: Callable[..., Any],
        broker_role_arn: str,
        function_arn: str = "",
    ) -> None:
        self._client = client
        self._clients = clients
        self._broker_role_arn = broker_role_arn
        self._function_arn = function_arn

    def issue(self, terms: Terms, session_name: str) -> Credentials:
        request = _assume_role_request(terms, session_name, terms.session_policy)
        try:
            answer = self._client().assume_role(**request)
        except (ClientError, BotoCoreError) as error:
            raise _as_daypass_error(error) from error
        keys = answer["Credentials"]
        return Credentials(
            access_key_id=keys["AccessKeyId"],
            secret_access_key=keys["SecretAccessKey"],
            session_token=keys["SessionToken"],
            expires_at=keys["Expiration"],
            assumed_role_arn=answer["AssumedRoleUser"]["Arn"],
            request_id=answer["ResponseMetadata"].get("RequestId", ""),
        )

    def probe(self, probe: Probe) -> ProbeOutcome:
        answer, _ = self._assume_for_probe(probe)
        return answer

    def probe_account(self, probe: Probe) -> ProbeResult:
        answer, keys = self._assume_for_probe(probe)
        if keys is None:
            return ProbeResult(answer)
        session = {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }
        try:
            # "GetCallerIdentity" (STS API Reference): no policy can deny it.
            identity = self._clients("sts", config=CONFIG, **session).get_caller_identity()
        except (ClientError, BotoCoreError):
            return ProbeResult(answer)
        return ProbeResult(answer, identity["Account"])

    def may_assume(self, role_arn: str) -> bool | None:
        # The simulation needs the condition key of the broker's policies.
        context = [
            {
                "ContextKeyName": "lambda:SourceFunctionArn",
                "ContextKeyType": "string",
                "ContextKeyValues": [self._function_arn],
            }
        ]
        try:
            # "SimulatePrincipalPolicy" (IAM API Reference): the broker's identity-based policies.
            simulated = self._clients("iam", config=CONFIG).simulate_principal_policy(
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
        """Return the outcome and, if AWS issued a session, its credentials. They may do nothing."""
        try:
            response = self._client().assume_role(
                **_assume_role_request(probe, probe.session_name, DENY_ALL)
            )
        except ClientError as error:
            return _probe_outcome(error), None
        except BotoCoreError:
            return ProbeOutcome.UNKNOWN, None
        return ProbeOutcome.ACCEPTED, response["Credentials"]


def _assume_role_request(
    terms: Terms | Probe, session_name: str, policy: str | None
) -> dict[str, Any]:
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
    if policy is not None:
        request["Policy"] = policy
    return request


def _is_permitted(result: Mapping[str, Any]) -> bool | None:
    """Return whether the broker's policies permit it; None if a denial may have other causes.

    "EvaluationResult" (IAM API Reference): condition keys can lack values, organizations' policies
    count, and so does the other account, which the probes examine.
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


def _probe_outcome(error: ClientError) -> ProbeOutcome:
    details = error.response["Error"]
    code, text = details["Code"], details.get("Message") or ""  # an empty element is read as None
    if code == "AccessDenied":
        return ProbeOutcome.REFUSED
    if code == "RegionDisabledException":
        return ProbeOutcome.REGION_DISABLED
    if code == "ValidationError" and "MaxSessionDuration" in text:
        return ProbeOutcome.TOO_LONG
    return ProbeOutcome.UNKNOWN


def _as_daypass_error(error: ClientError | BotoCoreError) -> DaypassError:
    """Return AwsRefused if AWS certainly issued nothing, and Unavailable otherwise."""
    if not isinstance(error, ClientError):
        return Unavailable(Reason.AWS_UNREACHABLE)
    code = error.response["Error"]["Code"]
    metadata = error.response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", 500)
    if code not in _THROTTLED and metadata.get("RetryAttempts"):
        # The answer to a retry. The first attempt may have succeeded, and its answer been lost.
        return Unavailable(Reason.AWS_UNREACHABLE)
    if code in _THROTTLED:
        return Unavailable(Reason.AWS_THROTTLED)
    if status >= 500 or code in _NOT_THE_ROLE:
        return Unavailable(Reason.AWS_UNREACHABLE)
    if code == "AccessDenied":
        return AwsRefused(Reason.ROLE_REFUSED_DAYPASS)
    return AwsRefused(Reason.AWS_REJECTED)
