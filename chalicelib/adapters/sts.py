"""The Sts port on AWS STS: the one file in which credentials are made."""

from __future__ import annotations

from typing import Any

from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.access import SHORTEST_SESSION, Terms
from chalicelib.domain.errors import AwsRefused, DaypassError, Unavailable
from chalicelib.domain.model import Credentials
from chalicelib.domain.policies import DENY_ALL
from chalicelib.domain.proof import PROBE, Answer
from chalicelib.domain.reasons import Reason

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
    """AssumeRole, by way of a botocore client for STS in the function's own region."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def issue(self, terms: Terms, session_name: str) -> Credentials:
        request = _request(
            terms.role_arn,
            session_name,
            terms.duration,
            external_id=terms.external_id,
            source_identity=terms.source_identity,
            tags=terms.tags,
            policy=terms.session_policy,
        )
        try:
            answer = self._client.assume_role(**request)
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

    def probe(
        self,
        role_arn: str,
        *,
        external_id: str | None,
        source_identity: str | None = None,
        tags: tuple[tuple[str, str], ...] = (),
    ) -> Answer:
        request = _request(
            role_arn,
            PROBE,
            SHORTEST_SESSION,
            external_id=external_id,
            source_identity=source_identity,
            tags=tags,
            policy=DENY_ALL,
        )
        try:
            self._client.assume_role(**request)
        except ClientError as error:
            refused = error.response["Error"]["Code"] == "AccessDenied"
            return Answer.REFUSED if refused else Answer.UNKNOWN
        except BotoCoreError:
            return Answer.UNKNOWN
        return Answer.LET_IN


def _request(
    role_arn: str,
    session_name: str,
    duration: int,
    *,
    external_id: str | None,
    source_identity: str | None,
    tags: tuple[tuple[str, str], ...],
    policy: str | None,
) -> dict[str, Any]:
    request: dict[str, Any] = {
        "RoleArn": role_arn,
        "RoleSessionName": session_name,
        "DurationSeconds": duration,
    }
    if external_id is not None:
        request["ExternalId"] = external_id
    if source_identity is not None:
        request["SourceIdentity"] = source_identity
    if tags:
        request["Tags"] = [{"Key": key, "Value": value} for key, value in tags]
    if policy is not None:
        request["Policy"] = policy
    return request


def _meaning(error: ClientError | BotoCoreError) -> DaypassError:
    """A refusal is AWS's word that it issued nothing; anything else leaves that open."""
    if not isinstance(error, ClientError):
        return Unavailable(Reason.AWS_UNREACHABLE)
    code = error.response["Error"]["Code"]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if code not in _THROTTLED and error.response["ResponseMetadata"].get("RetryAttempts"):
        # It is about the second try. The first may have been carried out, its answer lost.
        return Unavailable(Reason.AWS_UNREACHABLE)
    if code in _THROTTLED:
        return Unavailable(Reason.AWS_THROTTLED)
    if status >= 500 or code in _NOT_THE_ROLE:
        return Unavailable(Reason.AWS_UNREACHABLE)
    if code == "AccessDenied":
        return AwsRefused(Reason.ROLE_REFUSED_US)
    return AwsRefused(Reason.AWS_REJECTED)
