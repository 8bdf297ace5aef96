"""Errors of AWS during a cut-off: did AWS refuse, and may the call have had an effect?"""

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.vending.cut_off.cut_offs import Denial
from tests.adapters.vending.cut_offs.scripted_aws import ScriptedAws, failed, problem_of
from tests.adapters.vending.cut_offs.test_requests import ACCESS, BRAKE, CANARY, NAMES, TERMS
from tests.rows import every
from tests.usecases.refusals import refusal_of

IN_REFUSAL = "broken, in a refusal's words"
FAULTS = [
    ("throttled", failed("Throttling", 400), "aws-throttled"),
    ("rate", failed("RequestLimitExceeded", 503), "aws-throttled"),
    ("broken", failed("ServiceFailure", 500), "aws-unreachable"),
    ("down", failed("ServiceUnavailable", 503), "aws-unreachable"),
    (IN_REFUSAL, failed("AccessDenied", 500), "aws-unreachable"),
    ("expired", failed("ExpiredToken", 403), "aws-unreachable"),
    ("unreachable", EndpointConnectionError(endpoint_url="https://aws"), "aws-unreachable"),
    ("no connection", ConnectTimeoutError(endpoint_url="https://aws"), "aws-unreachable"),
    ("no answer", ReadTimeoutError(endpoint_url="https://aws"), "aws-unreachable"),
]
CALLS = {
    "CreatePolicyVersion": lambda role: role.write_version(BRAKE, "{}"),
    "DeletePolicyVersion": lambda role: role.delete_version(BRAKE, "v1"),
    "AttachRolePolicy": lambda role: role.attach_policy("ContractorRole", NAMES.deny_all_arn),
}
OPENINGS = {
    "cut-off role": lambda port: port.assume(ACCESS),
    "canary": lambda port: port.open_canary(TERMS, CANARY),
}


@every(
    "operation, code, status, problem",
    [
        ("CreatePolicyVersion", "AccessDenied", 403, "not-permitted"),
        ("CreatePolicyVersion", "NoSuchEntity", 404, "brake-missing"),
        ("CreatePolicyVersion", "LimitExceeded", 409, "too-many-versions"),
        ("DeletePolicyVersion", "AccessDenied", 403, "not-permitted"),
        ("DeletePolicyVersion", "NoSuchEntity", 404, None),
        ("DeletePolicyVersion", "DeleteConflict", 409, "too-many-versions"),
        ("DeletePolicyVersion", "LimitExceeded", 409, "too-many-versions"),
        ("AttachRolePolicy", "AccessDenied", 403, "not-permitted"),
        ("AttachRolePolicy", "NoSuchEntity", 404, "not-permitted"),
        ("AttachRolePolicy", "UnmodifiableEntity", 400, "not-permitted"),
        ("AttachRolePolicy", "LimitExceeded", 409, "too-many-policies"),
    ],
)
def test_a_refusal_of_iam_is_a_problem(operation, code, status, problem):
    aws = ScriptedAws(**{operation: failed(code, status)})
    assert problem_of(CALLS[operation], aws.port.assume(ACCESS)) == problem


@every("operation", CALLS)
@every(
    "name, answer, reason",
    [
        *FAULTS,
        ("another", failed("MalformedPolicyDocument", 400), "aws-unreachable"),
        ("conflict", failed("ConcurrentModification", 409), "aws-unreachable"),
    ],
)
def test_an_iam_that_does_not_answer_may_have_made_the_change_and_is_not_asked_again(
    operation, name, answer, reason
):
    aws = ScriptedAws(**{operation: answer})
    assert refusal_of(Unavailable, CALLS[operation], aws.port.assume(ACCESS)) == reason, name
    assert aws.operations == ["AssumeRole", operation]
    assert len(aws.senders) == 2


@every(
    "opening, problem",
    [("cut-off role", "cut-off-role-refused"), ("canary", "canary-refused")],
)
@every(
    "code, status",
    [
        ("AccessDenied", 403),
        ("ValidationError", 400),
        ("RegionDisabledException", 403),
        ("PackedPolicyTooLarge", 400),
    ],
)
def test_a_refusal_of_sts_is_a_problem(opening, problem, code, status):
    aws = ScriptedAws(AssumeRole=failed(code, status))
    assert problem_of(OPENINGS[opening], aws.port) == problem


@every("opening", OPENINGS)
@every("name, answer, reason", FAULTS)
def test_an_sts_that_does_not_answer_is_no_refusal(opening, name, answer, reason, monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    port = ScriptedAws(AssumeRole=answer).port
    assert refusal_of(Unavailable, OPENINGS[opening], port) == reason, name


# "Troubleshoot access denied error messages" (IAM User Guide): the documented wordings. With the
# policy's ARN, as AWS adds it within an account; and with what AWS appends after it.
WHO = "User: arn:aws:sts::987654321098:assumed-role/ContractorRole/@canary.0123456789abcdef"
WITHOUT_RESOURCE = f"{WHO} is not authorized to perform: sts:GetAccessKeyInfo"
NOT_AUTHORIZED = f"{WITHOUT_RESOURCE} on resource: *"
DENY = f"{NOT_AUTHORIZED} with an explicit deny in"
NO = f"{NOT_AUTHORIZED} because no"
ALLOWS = "allows the sts:GetAccessKeyInfo action"
LINK = "Go to https://us-east-1.console.aws.amazon.com/iam/home#/authorization-details/EXAMPLE1"
OTHER_BOUNDARY = "arn:aws:iam::987654321098:policy/TheirBoundary"


@every("text, denial", [
        (f"{DENY} a permissions boundary", "boundary"),
        (f"{DENY} a permissions boundary: {BRAKE}", "boundary"),
        (f"{DENY} a permissions boundary: {BRAKE}. {LINK}", "boundary"),
        (f"{WITHOUT_RESOURCE} with an explicit deny in a permissions boundary", "boundary"),
        (f"{DENY} a permissions boundary: {OTHER_BOUNDARY}", "other"),
        (f"{DENY} a permissions boundary: {BRAKE}-2", "other"),
        (f"{DENY} an identity-based policy", "role-policy"),
        (f"{DENY} an identity-based policy: {NAMES.deny_all_arn}", "role-policy"),
        (f"{DENY} an identity-based policy: {OTHER_BOUNDARY}. {LINK}", "role-policy"),
        (f"{DENY} a resource-based policy", "other"),
        (f"{DENY} a service control policy", "other"),
        (f"{DENY} a resource control policy", "other"),
        (f"{DENY} a VPC endpoint policy", "other"),
        (f"{DENY} a session policy", "other"),
        (f"{DENY} the role trust policy", "other"),
        (f"{NOT_AUTHORIZED} with an explicit deny", "other"),
        (f"{NO} permissions boundary {ALLOWS}", "other"),
        (f"{NO} identity-based policy {ALLOWS}", "other"),
        (f"{NO} session policy {ALLOWS}", "other"),
        ("Access Denied", "other"),
        ("permissions boundary", "other"),
        ("", "other"),
    ])  # fmt: skip
def test_only_the_documented_words_show_that_the_cut_off_denies(text, denial):
    aws = ScriptedAws(GetAccessKeyInfo=failed("AccessDenied", 403, text))
    assert aws.port.open_canary(TERMS, CANARY).look() == denial


IN_OTHER_WORDS = ("other", failed("ValidationError", 400, f"{DENY} a permissions boundary"))


@every("name, answer", [*(row[:2] for row in FAULTS), IN_OTHER_WORDS])
def test_a_look_without_an_answer_shows_nothing(name, answer):
    aws = ScriptedAws(GetAccessKeyInfo=answer)
    denial = Denial.OTHER if name == IN_REFUSAL else Denial.UNKNOWN
    assert aws.port.open_canary(TERMS, CANARY).look() == denial
