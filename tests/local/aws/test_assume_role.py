"""Refusals of sts:AssumeRole, with AWS's error codes and messages."""

import urllib.error
import urllib.parse
import urllib.request

import pytest

from tests.local.scene import (
    ALL_THREE,
    ALLOW_ALL,
    CLIENT,
    FIRM,
    FIRM_ROOT,
    Refusal,
    allow,
    function,
    new_role,
    refusal,
    trusting,
)
from tests.rows import every

TAGS = [{"Key": "engagement", "Value": "acme"}]
PATTERN = "satisfy regular expression pattern: "


@pytest.fixture(scope="module")
def broker(aws):
    return function(aws)[1]


@pytest.fixture(scope="module")
def open_role(aws):
    return new_role(aws, CLIENT, trust=[trusting(FIRM_ROOT, *ALL_THREE)], MaxSessionDuration=7200)


def me(credentials):
    return str(credentials.client("sts").get_caller_identity()["Arn"])


def not_authorized(credentials, action, role, *, because=""):
    text = f"User: {me(credentials)} is not authorized to perform: {action} on resource: {role}"
    return Refusal("AccessDenied", text + because, 403)


@every(
    "parameter, value, fault",
    [
        ("RoleSessionName", "a", "have length greater than or equal to 2"),
        ("RoleSessionName", "a" * 65, "have length less than or equal to 64"),
        ("RoleSessionName", "ana maria", rf"{PATTERN}[\w+=,.@-]*"),
        ("RoleSessionName", "ana\n", rf"{PATTERN}[\w+=,.@-]*"),
        ("RoleSessionName", "josé", rf"{PATTERN}[\w+=,.@-]*"),
        ("ExternalId", "x", "have length greater than or equal to 2"),
        ("ExternalId", "x" * 1225, "have length less than or equal to 1224"),
        ("ExternalId", "acme 1", rf"{PATTERN}[\w+=,.@:\/-]*"),
        ("SourceIdentity", "a" * 65, "have length less than or equal to 64"),
        ("SourceIdentity", "aws:ana", rf"{PATTERN}[\w+=,.@-]*"),
        ("DurationSeconds", 899, "have value greater than or equal to 900"),
        ("DurationSeconds", 43201, "have value less than or equal to 43200"),
    ],
)
def test_an_invalid_parameter_is_a_validation_error(broker, open_role, parameter, value, fault):
    member = parameter[0].lower() + parameter[1:]
    text = f"Value '{value}' at '{member}' failed to satisfy constraint: Member must {fault}"
    expected = Refusal("ValidationError", f"1 validation error detected: {text}", 400)
    assert refusal(broker.assume, open_role, **{parameter: value}) == expected


def test_the_longest_names_are_accepted(broker, open_role):
    longest = {"RoleSessionName": "n" * 64, "SourceIdentity": "s" * 64, "ExternalId": "e" * 1224}
    assert broker.may(open_role, **longest)


def test_an_unknown_role_gets_the_same_refusal_as_one_that_does_not_trust_the_caller(aws, broker):
    missing = f"arn:aws:iam::{CLIENT}:role/nothing-here"
    distrusting = new_role(aws, CLIENT, trust=[trusting({"AWS": "111122223333"})])
    for role in (missing, distrusting):
        expected = not_authorized(broker, "sts:AssumeRole", role)
        assert refusal(broker.assume, role) == expected


@every("action", ["sts:SetSourceIdentity", "sts:TagSession"])
@every("lacking", ["trust", "caller"])
def test_source_identity_and_tags_need_permission_on_both_sides(aws, action, lacking):
    some = [name for name in ALL_THREE if name != action]
    _, caller = function(aws, permissions=[allow(some if lacking == "caller" else ALL_THREE)])
    trusted = some if lacking == "trust" else ALL_THREE
    role = new_role(aws, CLIENT, trust=[trusting(FIRM_ROOT, *trusted)])
    sent = {"SourceIdentity": "ana"} if action == "sts:SetSourceIdentity" else {"Tags": TAGS}
    assert caller.may(role)
    assert refusal(caller.assume, role, **sent) == not_authorized(caller, action, role)


@every(
    "permissions, allowed",
    [
        (lambda role: [], False),
        (lambda role: [allow("sts:AssumeRole", role)], True),
        (lambda role: [allow("sts:AssumeRole", f"{role}-2")], False),
        (lambda role: [allow("sts:TagSession")], False),
    ],
)
def test_the_caller_needs_its_own_accounts_permission(aws, open_role, permissions, *, allowed):
    _, caller = function(aws, permissions=permissions(open_role))
    assert caller.may(open_role) is allowed


def test_an_explicit_deny_of_the_caller_wins(aws):
    never = allow("sts:AssumeRole", f"arn:aws:iam::{FIRM}:role/*") | {"Effect": "Deny"}
    _, caller = function(aws, permissions=[ALLOW_ALL, never])
    role = new_role(aws, FIRM, trust=[trusting("*")])
    because = " with an explicit deny in an identity-based policy"
    expected = not_authorized(caller, "sts:AssumeRole", role, because=because)
    assert refusal(caller.assume, role) == expected


def test_an_unsigned_request_is_refused(aws, open_role):
    form = {"Action": "AssumeRole", "RoleArn": open_role, "RoleSessionName": "ana"}
    request = urllib.request.Request(aws.url, data=urllib.parse.urlencode(form).encode())
    with pytest.raises(urllib.error.HTTPError, match="403") as raised:
        urllib.request.urlopen(request)
    with raised.value as answer:
        assert b"<Code>MissingAuthenticationToken</Code>" in answer.read()


def test_a_malformed_session_policy_is_refused(broker, open_role):
    error = refusal(broker.assume, open_role, Policy="{")
    assert (error.code, error.status) == ("MalformedPolicyDocument", 400)
