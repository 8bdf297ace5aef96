"""Look-ups of events: the exact requests, what AWS's errors mean, and the local AWS's answers."""

import json
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.adapters.vending.event_history import CONFIG, open_event_history
from chalicelib.domain.errors import AwsRefused, Unavailable
from chalicelib.domain.policies.look_up import LOOK_UP_POLICY
from chalicelib.domain.verification.probe_variants import ProbeForm, ProbeIdentity
from chalicelib.usecases.verification.verify import check_role
from tests.adapters.client_side import opened
from tests.builders import NOON, ROLE_ARN, a_probe
from tests.rows import every
from tests.usecases.refusals import refusal_of

DAY = timedelta(days=1)


class Scripted:
    """AWS STS and CloudTrail, with these pages or errors."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent, self.pauses, self.clients = [], [], []

    def assume_role(self, **request):
        self.sent.append(request)
        keys = {"AccessKeyId": "ASIAFAKE", "SecretAccessKey": "secret", "SessionToken": "token"}
        return {"Credentials": keys}

    def lookup_events(self, **request):
        self.sent.append(dict(request))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def create(self, region, service, **options):
        assert options.pop("config") is CONFIG
        self.clients.append((region, service, *options.values()))
        return self

    def open(self):
        probe = a_probe(ROLE_ARN, "daypass-x", session_name="made.up")
        regions = ("eu-central-1", "us-east-1", "us-east-1")
        return open_event_history(probe, lambda: self, self.create, regions, self.pauses.append)

    def read(self):
        pages = self.open().look_up("us-east-1", "Username", "alice.1", NOON - DAY, NOON)
        return [list(page) for page in pages]


def test_each_page_is_asked_for_with_a_pause_by_a_session_that_may_do_nothing_else():
    aws = Scripted({"Events": [{"CloudTrailEvent": "{1}"}], "NextToken": "more"}, {"Events": []})
    assert aws.read() == [["{1}"], []]
    assumed, first, second = aws.sent
    (statement,) = json.loads(assumed["Policy"])["Statement"]
    assert statement["Action"] == "cloudtrail:LookupEvents"
    assert (assumed["ExternalId"], assumed["RoleSessionName"]) == ("daypass-x", "made.up")
    assert first == {
        "LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": "alice.1"}],
        "StartTime": NOON - DAY,
        "EndTime": NOON,
        "MaxResults": 50,
    }
    assert second == first | {"NextToken": "more"}
    assert aws.pauses == [0.5, 0.5]
    keys = ("ASIAFAKE", "secret", "token")
    assert aws.clients == [
        ("eu-central-1", "cloudtrail", *keys),
        ("us-east-1", "cloudtrail", *keys),
    ]


def client_error(code, status=400):
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "LookupEvents")


@every(
    "error, kind, reason",
    [
        (client_error("AccessDeniedException"), AwsRefused, "aws-rejected"),
        (client_error("AccessDenied", 403), AwsRefused, "aws-rejected"),
        (client_error("ThrottlingException"), Unavailable, "aws-throttled"),
        (client_error("ExpiredTokenException"), Unavailable, "aws-unreachable"),
        (client_error("InternalFailure", 500), Unavailable, "aws-unreachable"),
        (ReadTimeoutError(endpoint_url="https://x"), Unavailable, "aws-unreachable"),
    ],
)
def test_only_a_clear_denial_counts_as_one(error, kind, reason):
    assert refusal_of(kind, Scripted(error).read) == reason


def test_a_role_that_refuses_daypass_is_not_asked():
    aws = Scripted()
    aws.assume_role = lambda **_: (_ for _ in ()).throw(client_error("AccessDenied", 403))
    assert refusal_of(AwsRefused, aws.open) == "role-refused-daypass"


def look_up(client, attribute, value):
    role = client.role()
    identity = ProbeIdentity(member="looker", engagement=client.id, vend="0123456789abcdef")
    form = ProbeForm(role.verification.vend_variant)
    probe = identity.build_probe(role.arn, client.engagement.external_id, form)
    history = client.ports.open_event_history(probe)
    now = datetime.now(UTC)
    pages = history.look_up(history.regions[0], attribute, value, now - DAY, now + DAY)
    return [json.loads(event) for page in pages for event in page]


def test_the_local_aws_answers_a_client_that_lets_daypass_and_only_then(aws, name):
    client = opened(aws, name)
    client.follow_setup_page()
    check_role(aws.ports, client.lead, engagement=name, role="readonly")
    role_name = client.role().arn.rpartition("/")[2]
    session = client.vend()
    of_role = ("ResourceName", client.role().arn)
    assert refusal_of(AwsRefused, look_up, client, *of_role) == "aws-rejected"

    client.iam.put_role_policy(
        RoleName=role_name, PolicyName="look-up", PolicyDocument=LOOK_UP_POLICY
    )

    names = [each["requestParameters"]["roleSessionName"] for each in look_up(client, *of_role)]
    assert session.session_name in names
    own = look_up(client, "Username", "looker.0123456789abcdef")
    assert [(each["eventName"], each.get("errorCode")) for each in own] == [
        ("LookupEvents", None),
        ("LookupEvents", "AccessDeniedException"),
    ]
    assert look_up(client, "Username", "nobody.0123456789abcdef") == []
