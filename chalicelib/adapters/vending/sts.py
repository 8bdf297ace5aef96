"""The Sts port on AWS STS: the one file in which credentials are made."""

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
# The firm's own credentials are at fault, or STS is: neither says anything about the role.
_NOT_THE_ROLE = frozenset(
    {"ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch", "RequestExpired"}
)

# Two tries, since the first may meet a connection that died while the function slept.
CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
    parameter_validation=False,  # what is sent has been decided from parsed values
)


class AwsSts:
    """AssumeRole, by a botocore client for STS in the function's own region.

    `client` returns it. `clients` makes others by service, for what a vend never needs.
    `broker_role_arn` is the role that we are, `function_arn` the function, if it is one.
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
        request = _request(terms, session_name, terms.session_policy)
        try:
            answer = self._client().assume_role(**request)
        except (ClientError, BotoCoreError) as error:
            raise _meaning(error) from error
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
        answer, _ = self._try(probe)
        return answer

    def arrive(self, probe: Probe) -> ProbeResult:
        answer, keys = self._try(probe)
        if keys is None:
            return ProbeResult(answer)
        session = {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }
        try:
            # "GetCallerIdentity" (STS API Reference): allowed to everybody, whatever denies it.
            identity = self._clients("sts", config=CONFIG, **session).get_caller_identity()
        except (ClientError, BotoCoreError):
            return ProbeResult(answer)
        return ProbeResult(answer, identity["Account"])

    def may_ask(self, role_arn: str) -> bool | None:
        # The condition key of the role's policies, which a simulation has to be given.
        known_of_us = [
            {
                "ContextKeyName": "lambda:SourceFunctionArn",
                "ContextKeyType": "string",
                "ContextKeyValues": [self._function_arn],
            }
        ]
        try:
            # "SimulatePrincipalPolicy" (IAM API Reference): by our identity-based policies alone.
            simulated = self._clients("iam", config=CONFIG).simulate_principal_policy(
                PolicySourceArn=self._broker_role_arn,
                ActionNames=["sts:AssumeRole"],
                ResourceArns=[role_arn],
                ContextEntries=known_of_us if self._function_arn else [],
            )
        except (ClientError, BotoCoreError):
            return None
        (result,) = simulated["EvaluationResults"]
        return _permitted(result)

    def _try(self, probe: Probe) -> tuple[ProbeOutcome, dict[str, str] | None]:
        """Return AWS's answer, and the keys that it gave, if any: of a session that may do
        nothing."""
        try:
            given = self._client().assume_role(**_request(probe, probe.session_name, DENY_ALL))
        except ClientError as error:
            return _answer(error), None
        except BotoCoreError:
            return ProbeOutcome.UNKNOWN, None
        return ProbeOutcome.ACCEPTED, given["Credentials"]


def _request(asked: Terms | Probe, session_name: str, policy: str | None) -> dict[str, Any]:
    request: dict[str, Any] = {
        "RoleArn": asked.role_arn,
        "RoleSessionName": session_name,
        "DurationSeconds": asked.duration,
    }
    if asked.external_id is not None:
        request["ExternalId"] = asked.external_id
    if asked.source_identity is not None:
        request["SourceIdentity"] = asked.source_identity
    if asked.tags:
        request["Tags"] = [{"Key": key, "Value": value} for key, value in asked.tags]
    if policy is not None:
        request["Policy"] = policy
    return request


def _permitted(result: Mapping[str, Any]) -> bool | None:
    """Return whether IAM's simulator found it permitted; None for a denial that need not be ours.

    "EvaluationResult" (IAM API Reference): it lacks the values of condition keys, counts
    organizations' policies, and asks the other account too, which is what the probes are about.
    """
    if result["EvalDecision"] == "allowed":
        return True
    told = [result, *result.get("ResourceSpecificResults", ())]
    if any(one.get("MissingContextValues") for one in told):
        return None
    if any("allowed" in one.get("EvalDecisionDetails", {}).values() for one in told):
        return None
    if not result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True):
        return None
    return False


def _answer(error: ClientError) -> ProbeOutcome:
    told = error.response["Error"]
    code, text = told["Code"], told.get("Message") or ""  # an empty element is read as None
    if code == "AccessDenied":
        return ProbeOutcome.REFUSED
    if code == "RegionDisabledException":
        return ProbeOutcome.REGION_DISABLED
    if code == "ValidationError" and "MaxSessionDuration" in text:
        return ProbeOutcome.TOO_LONG
    return ProbeOutcome.UNKNOWN


def _meaning(error: ClientError | BotoCoreError) -> DaypassError:
    """A refusal is AWS's word that it issued nothing; anything else leaves that open."""
    if not isinstance(error, ClientError):
        return Unavailable(Reason.AWS_UNREACHABLE)
    code = error.response["Error"]["Code"]
    told = error.response.get("ResponseMetadata", {})
    status = told.get("HTTPStatusCode", 500)
    if code not in _THROTTLED and told.get("RetryAttempts"):
        # It is about the second try. The first may have been carried out, its answer lost.
        return Unavailable(Reason.AWS_UNREACHABLE)
    if code in _THROTTLED:
        return Unavailable(Reason.AWS_THROTTLED)
    if status >= 500 or code in _NOT_THE_ROLE:
        return Unavailable(Reason.AWS_UNREACHABLE)
    if code == "AccessDenied":
        return AwsRefused(Reason.ROLE_REFUSED_DAYPASS)
    return AwsRefused(Reason.AWS_REJECTED)
