"""The daily look-up of events, whole: sessions, IAM and CloudTrail of the local AWS."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError
from msgspec.structs import replace

from chalicelib.domain.evidence.reconciliation.look_ups import SessionActions
from chalicelib.domain.policies.look_up import LOOK_UP_POLICY
from chalicelib.domain.trail import TrailQuery
from chalicelib.usecases.evidence.event_look_up import look_up_events
from local.functions import deployed_name
from local.sample_accounts import BROKER_ROLE, FIRM
from tests.adapters.client_side import opened
from tests.fakes import DAY
from tests.local.scene import run_as


def look_up(client, **later):
    """Run the job at a later time. Return the results of the client's role, the latest first."""
    now = datetime.now(UTC) + timedelta(**later)
    failures = []
    ports = replace(client.ports, now=lambda: now)
    look_up_events(ports, time_left=lambda: 720.0, report_failure=failures.append)
    assert failures == []
    query = TrailQuery(since=now - 9 * DAY, until=now + DAY, engagement=client.id)
    return [
        entry
        for entry in client.ports.trail.page(query).items
        if entry.action == "events.look-up" and entry.outcome != "intended"
    ]


def verified(aws, name):
    client = opened(aws, name)
    client.follow_setup_page()
    client.check()
    return client


def allow(client):
    client.iam.put_role_policy(
        RoleName=client.role().arn.rpartition("/")[2],
        PolicyName="look-up",
        PolicyDocument=LOOK_UP_POLICY,
    )


def test_a_session_is_found_with_what_it_did_once_the_client_allows_it(aws, name):
    client = verified(aws, name)
    session = client.vend()
    keys = session.credentials
    iam = aws.endpoint.client(
        "iam",
        access_key_id=keys.access_key_id,
        secret_access_key=keys.secret_access_key,
        session_token=keys.session_token,
    )
    for _ in range(2):
        with suppress(ClientError):
            iam.create_user(UserName="mallory")

    assert look_up(client, hours=3) == []
    allow(client)
    (result,) = look_up(client, days=2)

    assert (result.detail("result"), result.detail("sessions")) == ("provisional", "1")
    actions = client.ports.state.get(SessionActions, name, session.vend)
    (count,) = actions.counts
    assert (count.action, count.error, count.number) == ("iam:CreateUser", "AccessDenied", 2)
    assert actions.regions == ("us-east-1",)
    assert len(look_up(client, days=4)) == 2  # its own sessions are no surprise


def test_a_session_that_the_brokers_role_opened_without_daypass_is_grave(aws, name):
    client = verified(aws, name)
    allow(client)
    broker = run_as(aws.endpoint, BROKER_ROLE, deployed_name("Enter"))
    broker.assume(
        client.role().arn,
        RoleSessionName=f"{name}.0123456789abcdef",
        ExternalId=client.engagement.external_id,
    )
    (result,) = look_up(client, hours=3)
    assert (result.detail("result"), result.detail("grave")) == ("incomplete", "true")
    assert f"CRITICAL: account {FIRM} started 1 session" in result.detail("problems")
