"""Write cut-offs in clients' accounts with AWS IAM, and see whether they work (the CutOffs port).

The canary's request is sts:GetAccessKeyInfo, for the access key ID of its own session. AWS answers
with the account ID only. A regional endpoint of AWS STS decides it, as the regional endpoints of
other services decide the requests of members' sessions, and not IAM's own endpoint, which knows of
a new policy first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.vending.sts import (
    THROTTLING_ERRORS,
    build_assume_role_request,
    build_client_keys,
    translate_error,
)
from chalicelib.domain.errors import AwsRefused, Reason, Unavailable
from chalicelib.domain.policies.brake import CutOffNames
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOffAccess,
    CutOffFailed,
    CutOffProblem,
    Denial,
)

CANARY_POLICY = (
    '{"Version":"2012-10-17","Statement":['
    '{"Sid":"DaypassCanary","Effect":"Allow","Action":"sts:GetAccessKeyInfo","Resource":"*"}]}'
)
"""The session policy of a canary."""

# One attempt, because a repeated CreatePolicyVersion creates a second version, and each method of
# the port is one call. IAM may take seconds, and an answer that is not awaited leaves a version
# that Daypass does not know.
CONFIG = Config(
    connect_timeout=2,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 1},
    parameter_validation=False,  # all parameters come from parsed values
)

_NOT_PERMITTED = CutOffProblem.NOT_PERMITTED
_WRITE_PROBLEMS = {
    "AccessDenied": _NOT_PERMITTED,
    "NoSuchEntity": CutOffProblem.BRAKE_MISSING,
    "LimitExceeded": CutOffProblem.TOO_MANY_VERSIONS,
}
_DELETE_PROBLEMS = {
    "AccessDenied": _NOT_PERMITTED,
    "DeleteConflict": CutOffProblem.TOO_MANY_VERSIONS,  # it is the default version
    "LimitExceeded": CutOffProblem.TOO_MANY_VERSIONS,
}
_ATTACH_PROBLEMS = {
    "AccessDenied": _NOT_PERMITTED,
    "NoSuchEntity": _NOT_PERMITTED,  # no such role
    "UnmodifiableEntity": _NOT_PERMITTED,
    "LimitExceeded": CutOffProblem.TOO_MANY_POLICIES,
}

# "Troubleshoot access denied error messages" (IAM User Guide). AWS adds the policy's ARN if the
# policy has one.
_EXPLICIT_DENY = re.compile(
    r" with an explicit deny in an? (permissions boundary|identity-based policy)(?:: (arn:\S+))?"
)


class AwsCutOffs:
    """The CutOffs port on botocore clients.

    `get_sts_client` returns the STS client for AssumeRole, with the broker role's credentials.
    `create_client` creates a client for any service.
    """

    def __init__(
        self, get_sts_client: Callable[[], Any], create_client: Callable[..., Any]
    ) -> None:
        self._get_sts_client = get_sts_client
        self._create_client = create_client

    def assume(self, access: CutOffAccess) -> AwsCutOffRole:
        """Assume the cut-off role. Raise CutOffFailed if AWS refuses, and Unavailable if it does
        not answer."""
        request = {
            "RoleArn": access.role_arn,
            "RoleSessionName": access.session_name,
            "ExternalId": access.external_id,
        }
        keys = self._assume_role(request, CutOffProblem.CUT_OFF_ROLE_REFUSED)
        return AwsCutOffRole(self._create_client("iam", config=CONFIG, **keys))

    def open_canary(self, terms: Terms, session_name: str) -> AwsCanary:
        """Assume the client's role for a canary, whatever session policies the terms have. Raise
        CutOffFailed if AWS refuses, and Unavailable if it does not answer."""
        request = build_assume_role_request(terms, session_name, CANARY_POLICY)
        keys = self._assume_role(request, CutOffProblem.CANARY_REFUSED)
        sts = self._create_client("sts", config=CONFIG, **keys)
        return AwsCanary(sts, keys["aws_access_key_id"], CutOffNames(terms.role_arn).brake_arn)

    def _assume_role(self, request: Mapping[str, Any], problem: CutOffProblem) -> dict[str, str]:
        """Return the credentials of a new session, as parameters of a client."""
        try:
            credentials = self._get_sts_client().assume_role(**request)["Credentials"]
        except (ClientError, BotoCoreError) as error:
            translated = translate_error(error)
            if isinstance(translated, AwsRefused):
                raise CutOffFailed(problem) from error
            raise translated from error
        return build_client_keys(credentials)


class AwsCutOffRole:
    """The CutOffRole port on an IAM client with the cut-off role's credentials."""

    def __init__(self, iam: Any) -> None:
        self._iam = iam

    def write_version(self, policy_arn: str, text: str) -> str:
        """Create a version of the policy as its default version, and return the version's ID."""
        try:
            response = self._iam.create_policy_version(
                PolicyArn=policy_arn, PolicyDocument=text, SetAsDefault=True
            )
        except (ClientError, BotoCoreError) as error:
            raise _translate_iam_error(error, _WRITE_PROBLEMS) from error
        version: str = response["PolicyVersion"]["VersionId"]
        return version

    def delete_version(self, policy_arn: str, version: str) -> None:
        """Delete a version that is not the default version."""
        try:
            self._iam.delete_policy_version(PolicyArn=policy_arn, VersionId=version)
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == "NoSuchEntity":
                return
            raise _translate_iam_error(error, _DELETE_PROBLEMS) from error

    def attach_policy(self, role_name: str, policy_arn: str) -> None:
        """Attach the managed policy to the role."""
        try:
            self._iam.attach_role_policy(RoleName=role_name, PolicyArn=policy_arn)
        except (ClientError, BotoCoreError) as error:
            raise _translate_iam_error(error, _ATTACH_PROBLEMS) from error


class AwsCanary:
    """The Canary port on an STS client with the canary's credentials."""

    def __init__(self, sts: Any, access_key_id: str, brake_arn: str) -> None:
        self._sts = sts
        self._access_key_id = access_key_id
        self._brake_arn = brake_arn

    def look(self) -> Denial:
        """Send the harmless request, and return the response of AWS."""
        try:
            self._sts.get_access_key_info(AccessKeyId=self._access_key_id)
        except ClientError as error:
            return _read_denial(error, self._brake_arn)
        except BotoCoreError:
            return Denial.UNKNOWN
        return Denial.ALLOWED


def _translate_iam_error(
    error: ClientError | BotoCoreError, problems: Mapping[str, CutOffProblem]
) -> CutOffFailed | Unavailable:
    """Return the error to raise for this error of an IAM call: CutOffFailed if AWS certainly
    refused the call, and otherwise Unavailable."""
    if not isinstance(error, ClientError):
        return Unavailable(Reason.AWS_UNREACHABLE)
    code = error.response["Error"]["Code"]
    if code in THROTTLING_ERRORS:
        return Unavailable(Reason.AWS_THROTTLED)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if status >= 500 or code not in problems:
        return Unavailable(Reason.AWS_UNREACHABLE)
    return CutOffFailed(problems[code])


def _read_denial(error: ClientError, brake_arn: str) -> Denial:
    """Return what this error response to a canary, a session of Daypass's own, says about the
    denial.

    OTHER stands for every wording that is not documented, so that Daypass does not mistake someone
    else's denial for its own. It also stands for a permissions boundary that is not the brake, the
    one that Daypass writes.
    """
    details = error.response["Error"]
    if details["Code"] != "AccessDenied":
        return Denial.UNKNOWN
    match = _EXPLICIT_DENY.search(details.get("Message") or "")
    if match is None:
        return Denial.OTHER
    policy_type, arn = match.groups()  # one of the pattern's two types
    if policy_type == "identity-based policy":
        return Denial.ROLE_POLICY
    # Without an ARN, the caller's comparison with a new canary shows whether it is the brake.
    return Denial.BOUNDARY if arn is None or arn.removesuffix(".") == brake_arn else Denial.OTHER
