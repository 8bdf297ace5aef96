"""Managed policies, permissions boundaries and access-denied messages, as in `probes_of_roles`."""

import itertools

from tests.local.aws.probes import Probes
from tests.local.scene import (
    ALL_THREE,
    ALLOW_ALL,
    CLIENT,
    DENY_ALL,
    FIRM_ROOT,
    allow,
    create_stack,
    function,
    new_role,
    policy,
    refusal,
    trusting,
)

OPEN = trusting(FIRM_ROOT, *ALL_THREE)
NOT_S3 = {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}
AWS_DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
_numbers = itertools.count(1)
probe = Probes()


def new_policy(aws, *statements):
    created = aws.as_root(CLIENT, "iam").create_policy(
        PolicyName=f"policy-{next(_numbers)}", PolicyDocument=policy(statements)
    )
    return str(created["Policy"]["Arn"])


def session(aws, permissions, *, boundary="", **request):
    """Return a session of a new role of the client."""
    parameters = {"PermissionsBoundary": boundary} if boundary else {}
    role = new_role(aws, CLIENT, trust=[OPEN], permissions=permissions, **parameters)
    return function(aws)[1].session_of(role, **request)


def refusal_of_s3(credentials):
    error = refusal(credentials.client("s3").list_buckets)
    assert error is not None
    return error


@probe
def handles_an_explicit_deny_in_a_boundary(aws):
    boundary = new_policy(aws, ALLOW_ALL, DENY_ALL)
    error = refusal_of_s3(session(aws, [ALLOW_ALL], boundary=boundary))
    return error.message.endswith(f"with an explicit deny in a permissions boundary: {boundary}")


@probe
def handles_a_boundary_that_allows_nothing(aws):
    error = refusal_of_s3(session(aws, [ALLOW_ALL], boundary=new_policy(aws, NOT_S3)))
    return "because no permissions boundary allows the s3:" in error.message


@probe
def handles_an_explicit_deny_in_a_session_policy(aws):
    error = refusal_of_s3(session(aws, [ALLOW_ALL], Policy=policy([ALLOW_ALL, DENY_ALL])))
    return error.message.endswith("with an explicit deny in a session policy")


@probe
def handles_a_session_policy_that_allows_nothing(aws):
    error = refusal_of_s3(session(aws, [ALLOW_ALL], Policy=policy([NOT_S3])))
    return "because no session policy allows the s3:" in error.message


@probe
def handles_the_delay_of_a_new_version(aws):
    boundary = new_policy(aws, ALLOW_ALL)
    s3 = session(aws, [ALLOW_ALL], boundary=boundary).client("s3")
    write = aws.as_root(CLIENT, "iam").create_policy_version
    with aws.policy_versions_taking(milliseconds=60_000):
        write(PolicyArn=boundary, PolicyDocument=policy([DENY_ALL]), SetAsDefault=True)
        was_allowed = refusal(s3.list_buckets) is None
    return was_allowed and refusal(s3.list_buckets) is not None


@probe
def handles_the_default_version(aws):
    iam, boundary = aws.as_root(CLIENT, "iam"), new_policy(aws, ALLOW_ALL)
    text = policy([DENY_ALL])
    iam.create_policy_version(PolicyArn=boundary, PolicyDocument=text, SetAsDefault=True)
    s3 = session(aws, [ALLOW_ALL], boundary=boundary).client("s3")
    was_denied = refusal(s3.list_buckets) is not None
    error = refusal(iam.set_default_policy_version, PolicyArn=boundary, VersionId="v1")
    wrong = refusal(iam.set_default_policy_version, PolicyArn=boundary, VersionId="v9")
    is_missing = wrong is not None and wrong.code == "NoSuchEntity"
    return was_denied and error is None and is_missing and refusal(s3.list_buckets) is None


@probe
def handles_the_policy_that_denies_all(aws):
    role = new_role(aws, CLIENT, trust=[OPEN])
    started = function(aws)[1].session_of(role)
    name = role.rpartition("/")[2]
    aws.as_root(CLIENT, "iam").attach_role_policy(RoleName=name, PolicyArn=AWS_DENY_ALL)
    error = refusal(started.client("s3").list_buckets)
    denied = "with an explicit deny in an identity-based policy"
    return error is not None and error.message.endswith(denied)


def may_attach(aws, condition, arn):
    """Return whether a role with this condition may attach the policy to another role."""
    target = new_role(aws, CLIENT, trust=[OPEN], Path="/partners/")
    caller = session(aws, [allow("iam:AttachRolePolicy", target) | {"Condition": condition}])
    name = target.rpartition("/")[2]
    error = refusal(caller.client("iam").attach_role_policy, RoleName=name, PolicyArn=arn)
    assert error is None or error.code == "AccessDenied"
    return error is None


@probe
def handles_the_policy_that_is_attached(aws):
    condition = {"ArnEquals": {"iam:PolicyARN": AWS_DENY_ALL}}
    other = "arn:aws:iam::aws:policy/AdministratorAccess"
    return may_attach(aws, condition, AWS_DENY_ALL) and not may_attach(aws, condition, other)


@probe
def handles_the_path_of_a_role_that_is_changed(aws):
    return may_attach(aws, {}, AWS_DENY_ALL)


@probe
def handles_a_policy_that_is_missing(aws):
    name = new_role(aws, CLIENT, trust=[OPEN]).rpartition("/")[2]
    attach = aws.as_root(CLIENT, "iam").attach_role_policy
    error = refusal(attach, RoleName=name, PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")
    return error is not None and error.code == "NoSuchEntity"


@probe
def handles_the_number_of_policies_of_a_role(aws):
    name = new_role(aws, CLIENT, trust=[OPEN]).rpartition("/")[2]
    attach = aws.as_root(CLIENT, "iam").attach_role_policy
    for _ in range(10):
        attach(RoleName=name, PolicyArn=new_policy(aws, ALLOW_ALL))
    error = refusal(attach, RoleName=name, PolicyArn=AWS_DENY_ALL)
    return error is not None and (error.code, error.status) == ("LimitExceeded", 409)


@probe
def handles_the_boundary_of_a_stacks_role(aws):
    name, boundary = f"role-{next(_numbers)}-of-a-stack", new_policy(aws, NOT_S3)
    role = {
        "RoleName": name,
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [OPEN]},
        "PermissionsBoundary": boundary,
    }
    resources = {"Role": {"Type": "AWS::IAM::Role", "Properties": role}}
    create_stack(aws, CLIENT, name, Resources=resources)
    created = aws.as_root(CLIENT, "iam").get_role(RoleName=name)["Role"]
    stored = created.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return bool(stored == boundary)


def is_too_large(call, **parameters):
    long = policy([ALLOW_ALL | {"Resource": ["arn:aws:s3:::" + "x" * 6_100]}])
    error = refusal(call, PolicyDocument=long, **parameters)
    return error is not None and (error.code, error.status) == ("LimitExceeded", 409)


@probe
def handles_the_size_of_a_policy(aws):
    return is_too_large(aws.as_root(CLIENT, "iam").create_policy, PolicyName="too-large")


@probe
def handles_the_size_of_a_version(aws):
    iam, arn = aws.as_root(CLIENT, "iam"), new_policy(aws, ALLOW_ALL)
    return is_too_large(iam.create_policy_version, PolicyArn=arn, SetAsDefault=True)


def test_a_role_has_a_policy_of_its_own_in_the_message(aws):
    error = refusal_of_s3(session(aws, [ALLOW_ALL, DENY_ALL]))
    assert error.message.endswith("with an explicit deny in an identity-based policy")
    error = refusal_of_s3(session(aws, [NOT_S3]))
    assert "because no identity-based policy allows the s3:ListAllMyBuckets action" in error.message


def test_a_policy_has_five_versions_at_most(aws):
    iam, arn = aws.as_root(CLIENT, "iam"), new_policy(aws, ALLOW_ALL)
    write = {"PolicyArn": arn, "PolicyDocument": policy([ALLOW_ALL]), "SetAsDefault": True}
    assert [iam.create_policy_version(**write)["PolicyVersion"]["VersionId"] for _ in range(4)] == [
        "v2", "v3", "v4", "v5",
    ]  # fmt: skip
    error = refusal(iam.create_policy_version, **write)
    assert (error.code, error.status) == ("LimitExceeded", 409)
    error = refusal(iam.delete_policy_version, PolicyArn=arn, VersionId="v5")
    assert (error.code, error.status) == ("DeleteConflict", 409)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    assert iam.create_policy_version(**write)["PolicyVersion"]["VersionId"] == "v6"
