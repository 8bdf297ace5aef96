"""Probes of roles, trust policies and sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from local.endpoint import Endpoint
from tests.local.aws.probes import Probes
from tests.local.scene import (
    ALL_THREE,
    ALLOW_ALL,
    CLIENT,
    DENY_ALL,
    FIRM,
    FIRM_ROOT,
    Credentials,
    allow,
    expire,
    function,
    new_role,
    refusal,
    trusting,
    user,
)

OPEN = trusting(FIRM_ROOT, *ALL_THREE)
probe = Probes()


def caller_and_role(
    aws: Endpoint, permissions: Iterable[dict[str, Any]] = (ALLOW_ALL,), **parameters: Any
) -> tuple[Credentials, str]:
    """Return a function of the firm, and a client's role that trusts the firm."""
    _, caller = function(aws, permissions=permissions)
    return caller, new_role(aws, CLIENT, trust=[OPEN], **parameters)


@probe
def handles_principal_arn_in_an_identity_policy(aws: Endpoint) -> bool:
    own = {"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{FIRM}:role/*"}}
    _, caller = function(aws, permissions=[{**ALLOW_ALL, "Condition": own}])
    return refusal(caller.client("s3").list_buckets) is None


def allows_if(condition: dict[str, Any]) -> Callable[[Endpoint], bool]:
    """Return a probe: may a function of the firm assume a role with this condition?"""
    return lambda aws: function(aws)[1].may(
        new_role(aws, CLIENT, trust=[trusting(FIRM_ROOT, **condition)])
    )


probe |= {
    "a principal that is no service": allows_if({"Bool": {"aws:PrincipalIsAWSService": "false"}}),
    "a request that no service forwards": allows_if({"Bool": {"aws:ViaAWSService": "false"}}),
    "a request over TLS": allows_if({"Bool": {"aws:SecureTransport": "true"}}),
    "the parts of an ARN": allows_if({"ArnNotLike": {"aws:PrincipalArn": "arn:*"}}),
}


@probe
def handles_the_condition_keys_of_each_action(aws: Endpoint) -> bool:
    _, caller = function(aws)
    condition = {"StringEquals": {"sts:ExternalId": "acme-1"}}
    role = new_role(aws, CLIENT, trust=[trusting(FIRM_ROOT, *ALL_THREE, **condition)])
    sent = {"ExternalId": "acme-1"}
    tags = [{"Key": "team", "Value": "blue"}]
    return caller.may(role, **sent) and not caller.may(role, **sent, Tags=tags)


@probe
def handles_a_trust_policy_with_a_resource(aws: Endpoint) -> bool:
    return refusal(new_role, aws, CLIENT, trust=[{**OPEN, "Resource": "*"}]) is not None


@probe
def handles_the_organization_of_a_resource(aws: Endpoint) -> bool:
    condition = {"StringEquals": {"aws:ResourceOrgID": "o-firm1"}}
    caller, role = caller_and_role(aws, [ALLOW_ALL, {**DENY_ALL, "Condition": condition}])
    with aws.organization("o-firm1", CLIENT):
        return not caller.may(role)


@probe
def handles_source_identity_in_the_response(aws: Endpoint) -> bool:
    caller, role = caller_and_role(aws)
    response = caller.assume(role, SourceIdentity="ana")
    return response.get("SourceIdentity") == "ana"


@probe
def handles_source_identity_in_the_callers_policy(aws: Endpoint) -> bool:
    caller, role = caller_and_role(aws, [allow("sts:AssumeRole")])
    return not caller.may(role, SourceIdentity="ana")


@probe
def handles_source_identity_in_later_requests(aws: Endpoint) -> bool:
    _, caller = function(aws)
    deny = {**DENY_ALL, "Condition": {"StringEquals": {"aws:SourceIdentity": "ana"}}}
    role = new_role(aws, CLIENT, trust=[OPEN], permissions=[ALLOW_ALL, deny])
    session = caller.session_of(role, SourceIdentity="ana")
    return refusal(session.client("s3").list_buckets) is not None


@probe
def handles_source_identity_along_a_chain(aws: Endpoint) -> bool:
    caller, role = caller_and_role(aws)
    session = caller.session_of(role, SourceIdentity="ana")
    onward = new_role(aws, CLIENT, trust=[trusting({"AWS": CLIENT}, *ALL_THREE)])
    return not session.may(onward, SourceIdentity="ben")


@probe
def handles_the_external_id_in_the_callers_policy(aws: Endpoint) -> bool:
    condition = {"StringEquals": {"sts:ExternalId": "acme-1"}}
    caller, role = caller_and_role(aws, [{**ALLOW_ALL, "Condition": condition}])
    return caller.may(role, ExternalId="acme-1")


@probe
def handles_the_path_of_a_role(aws: Endpoint) -> bool:
    caller, role = caller_and_role(aws, Path="/partners/")
    return not caller.may(role.replace("/partners/", "/"))


@probe
def handles_a_named_caller_in_its_own_account(aws: Endpoint) -> bool:
    role_arn, caller = function(aws, permissions=[])
    return caller.may(new_role(aws, FIRM, trust=[trusting({"AWS": role_arn})]))


@probe
def handles_the_root_user(aws: Endpoint) -> bool:
    role = new_role(aws, CLIENT, trust=[OPEN])
    sts = aws.as_root(FIRM, "sts")
    return refusal(sts.assume_role, RoleArn=role, RoleSessionName="root") is not None


@probe
def handles_the_hour_of_role_chaining(aws: Endpoint) -> bool:
    caller, role = caller_and_role(aws, MaxSessionDuration=7200)
    return refusal(caller.assume, role, DurationSeconds=7200) is not None


@probe
def handles_the_longest_session_of_a_role(aws: Endpoint) -> bool:
    role = new_role(aws, CLIENT, trust=[OPEN])
    request = {"RoleArn": role, "RoleSessionName": "ana", "DurationSeconds": 7200}
    return refusal(user(aws).assume_role, **request) is not None


@probe
def handles_the_form_of_the_external_id(aws: Endpoint) -> bool:
    caller, role = caller_and_role(aws)
    return refusal(caller.assume, role, ExternalId="acme 1") is not None


@probe
def handles_an_expired_session_after_a_new_one(aws: Endpoint) -> bool:
    caller, role = caller_and_role(aws)
    session = caller.session_of(role)
    expire(session)
    caller.session_of(role)
    error = refusal(session.client("s3").list_buckets)
    return error is not None and error.code == "ExpiredToken"


@probe
def handles_a_denial_of_requests_without_tls(aws: Endpoint) -> bool:
    deny = {**DENY_ALL, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    _, caller = function(aws, permissions=[ALLOW_ALL, deny])
    return refusal(caller.client("s3").list_buckets) is None
