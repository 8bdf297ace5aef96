"""Errors of AWS during a cut-off: did AWS refuse, and may the call have had an effect?"""

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.cut_off.cut_offs import CutOffProblem, Denial
from tests.adapters.vending.cut_offs.scripted_aws import ScriptedAws, failed, problem_of
from tests.adapters.vending.cut_offs.test_requests import ACCESS, BRAKE, CANARY, NAMES, TERMS
from tests.rows import every
from tests.usecases.refusals import refusal_of

P = CutOffProblem
IN_REFUSAL = "broken, in a refusal's words"
FAULTS = [
    ("throttled", failed("Throttling", 400), Reason.AWS_THROTTLED),
    ("rate", failed("RequestLimitExceeded", 503), Reason.AWS_THROTTLED),
    ("broken", failed("ServiceFailure", 500), Reason.AWS_UNREACHABLE),
    ("down", failed("ServiceUnavailable", 503), Reason.AWS_UNREACHABLE),
    (IN_REFUSAL, failed("AccessDenied", 500), Reason.AWS_UNREACHABLE),
    ("expired", failed("ExpiredToken", 403), Reason.AWS_UNREACHABLE),
    ("unreachable", EndpointConnectionError(endpoint_url="https://aws"), Reason.AWS_UNREACHABLE),
    ("no connection", ConnectTimeoutError(endpoint_url="https://aws"), Reason.AWS_UNREACHABLE),
    ("no answer", ReadTimeoutError(endpoint_url="https://aws"), Reason.AWS_UNREACHABLE),
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
        ("CreatePolicyVersion", "AccessDenied", 403, P.NOT_PERMITTED),
        ("CreatePolicyVersion", "NoSuchEntity", 404, P.BRAKE_MISSING),
        ("CreatePolicyVersion", "LimitExceeded", 409, P.TOO_MANY_VERSIONS),
        ("DeletePolicyVersion", "AccessDenied", 403, P.NOT_PERMITTED),
        ("DeletePolicyVersion", "NoSuchEntity", 404, None),
        ("DeletePolicyVersion", "DeleteConflict", 409, P.TOO_MANY_VERSIONS),
        ("DeletePolicyVersion", "LimitExceeded", 409, P.TOO_MANY_VERSIONS),
        ("AttachRolePolicy", "AccessDenied", 403, P.NOT_PERMITTED),
        ("AttachRolePolicy", "NoSuchEntity", 404, P.NOT_PERMITTED),
        ("AttachRolePolicy", "UnmodifiableEntity", 400, P.NOT_PERMITTED),
        ("AttachRolePolicy", "LimitExceeded", 409, P.TOO_MANY_POLICIES),
    ],
)
def test_a_refusal_of_iam_is_a_problem(operation, code, status, problem):
    aws = ScriptedAws(**{operation: failed(code, status)})
    assert problem_of(CALLS[operation], aws.port.assume(ACCESS)) is problem


@every("operation", CALLS)
@every(
    "name, answer, reason",
    [
        *FAULTS,
        ("another", failed("MalformedPolicyDocument", 400), Reason.AWS_UNREACHABLE),
        ("conflict", failed("ConcurrentModification", 409), Reason.AWS_UNREACHABLE),
    ],
)
def test_an_iam_that_does_not_answer_may_have_made_the_change_and_is_not_asked_again(
    operation, name, answer, reason
):
    aws = ScriptedAws(**{operation: answer})
    assert refusal_of(Unavailable, CALLS[operation], aws.port.assume(ACCESS)) is reason, name
    assert aws.operations == ["AssumeRole", operation]
    assert len(aws.senders) == 2


@every(
    "opening, problem",
    [("cut-off role", P.CUT_OFF_ROLE_REFUSED), ("canary", P.CANARY_REFUSED)],
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
    assert problem_of(OPENINGS[opening], aws.port) is problem


@every("opening", OPENINGS)
@every("name, answer, reason", FAULTS)
def test_an_sts_that_does_not_answer_is_no_refusal(opening, name, answer, reason, monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    port = ScriptedAws(AssumeRole=answer).port
    assert refusal_of(Unavailable, OPENINGS[opening], port) is reason, name


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
        (f"{DENY} a permissions boundary", Denial.BOUNDARY),
        (f"{DENY} a permissions boundary: {BRAKE}", Denial.BOUNDARY),
        (f"{DENY} a permissions boundary: {BRAKE}. {LINK}", Denial.BOUNDARY),
        (f"{WITHOUT_RESOURCE} with an explicit deny in a permissions boundary", Denial.BOUNDARY),
        (f"{DENY} a permissions boundary: {OTHER_BOUNDARY}", Denial.OTHER),
        (f"{DENY} a permissions boundary: {BRAKE}-2", Denial.OTHER),
        (f"{DENY} an identity-based policy", Denial.ROLE_POLICY),
        (f"{DENY} an identity-based policy: {NAMES.deny_all_arn}", Denial.ROLE_POLICY),
        (f"{DENY} an identity-based policy: {OTHER_BOUNDARY}. {LINK}", Denial.ROLE_POLICY),
        (f"{DENY} a resource-based policy", Denial.OTHER),
        (f"{DENY} a service control policy", Denial.OTHER),
        (f"{DENY} a resource control policy", Denial.OTHER),
        (f"{DENY} a VPC endpoint policy", Denial.OTHER),
        (f"{DENY} a session policy", Denial.OTHER),
        (f"{DENY} the role trust policy", Denial.OTHER),
        (f"{NOT_AUTHORIZED} with an explicit deny", Denial.OTHER),
        (f"{NO} permissions boundary {ALLOWS}", Denial.OTHER),
        (f"{NO} identity-based policy {ALLOWS}", Denial.OTHER),
        (f"{NO} session policy {ALLOWS}", Denial.OTHER),
        ("Access Denied", Denial.OTHER),
        ("permissions boundary", Denial.OTHER),
        ("", Denial.OTHER),
    ])  # fmt: skip
def test_only_the_documented_words_show_that_the_cut_off_denies(text, denial):
    aws = ScriptedAws(GetAccessKeyInfo=failed("AccessDenied", 403, text))
    assert aws.port.open_canary(TERMS, CANARY).look() is denial


IN_OTHER_WORDS = ("other", failed("ValidationError", 400, f"{DENY} a permissions boundary"))


@every("name, answer", [*(row[:2] for row in FAULTS), IN_OTHER_WORDS])
def test_a_look_without_an_answer_shows_nothing(name, answer):
    aws = ScriptedAws(GetAccessKeyInfo=answer)
    denial = Denial.OTHER if name == IN_REFUSAL else Denial.UNKNOWN
    assert aws.port.open_canary(TERMS, CANARY).look() is denial
