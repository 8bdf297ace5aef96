"""Two environments that must behave alike: the fakes, and the adapters on the local AWS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace as with_changes

from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.state import DynamoState
from chalicelib.adapters.dynamodb.trail import DynamoTrail
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from local import sample_accounts
from local.processes import as_function, local_aws
from local.sample_accounts import ClientRole, Trust
from tests.adapters.client_side import ClientSide, opened
from tests.adapters.scene import (
    Aws,
    Kit,
    all_in_one,
    client_of,
    create_table_like,
    entry,
    new_name,
    other_tables,
)
from tests.adapters.site import Site, a_site
from tests.builders import a_grant, a_member, a_role, a_token, a_verification, an_engagement
from tests.fakes import FakeRole, World
from tests.local.scene import keep_expired_items
from tests.sdk import shared_service_models  # noqa: F401


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    with local_aws(port=0) as endpoint:
        foundation = sample_accounts.create_foundation(endpoint)
        keep_expired_items(endpoint, foundation.state_table)
        with as_function(endpoint, foundation) as in_lambda:
            yield Aws(endpoint, foundation, all_in_one(in_lambda))


@pytest.fixture(scope="module")
def crowd(aws: Aws) -> Iterator[Aws]:
    """Return `aws` with two empty tables of the module's own. A module that stores much uses these,
    and only these, because the local DynamoDB searches a whole table for each query."""
    root = aws.endpoint.as_root(sample_accounts.FIRM, "dynamodb")
    state = create_table_like(root, aws.foundation.state_table)
    trail = create_table_like(root, aws.foundation.trail_table)
    tables = Tables(state=state, trail=trail, region=aws.endpoint.region, client=client_of(aws))
    foundation = replace(aws.foundation, state_table=state, trail_table=trail)
    ports = with_changes(aws.ports, state=DynamoState(tables), trail=DynamoTrail(tables))
    with other_tables():
        yield replace(aws, foundation=foundation, ports=ports)
    for name in (state, trail):
        root.delete_table(TableName=name)


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as http_site:
        yield http_site


@pytest.fixture
def contended_aws(request: pytest.FixtureRequest, aws: Aws) -> Iterator[Aws]:
    """Return `aws`, with transactions that conflict as those of the real DynamoDB do.

    Each transaction takes 12 ms. A test can choose another number of milliseconds:
    `@pytest.mark.parametrize("contended_aws", [50], indirect=True)`. It is the same local AWS with
    the same tables, so `engagement_id`, `side`, `dynamodb` and other processes see the conflicts.
    """
    with aws.endpoint.transactions_taking(milliseconds=getattr(request, "param", 12)):
        yield aws


@pytest.fixture(params=["fake", "real"])
def kit(request: pytest.FixtureRequest) -> Kit:
    """Return the fakes, and the adapters, with tables of the module's own if it uses `crowd`."""
    if request.param == "fake":
        return _fake_kit()
    tables = "crowd" if "crowd" in request.fixturenames else "aws"
    return _real_kit(request.getfixturevalue(tables))


def _fake_kit() -> Kit:
    fakes = World()
    ports = fakes.ports()

    def set_role(name: str, role: FakeRole) -> str:
        arn = f"arn:aws:iam::987654321098:role/{name}"
        fakes.roles[arn] = role
        return arn

    return Kit(ports, set_role)


def _real_kit(aws: Aws) -> Kit:
    def set_role(name: str, role: FakeRole) -> str:
        trust = Trust.AS_ADVISED if role.allows_tags else Trust.ASSUME_ROLE_ONLY
        if not role.requires_external_id:
            trust = Trust.WITHOUT_EXTERNAL_ID
        client_role = ClientRole(name, trust=trust)
        return sample_accounts.create_role(
            aws.endpoint, sample_accounts.ACME, client_role, external_id=role.external_id
        )

    return Kit(aws.ports, set_role)


@pytest.fixture
def name() -> Iterator[str]:
    with new_name() as name:
        yield name


@pytest.fixture
def engagement_id(aws: Aws, name: str) -> str:
    """Create an engagement, and a member of the same name who may vend `readonly` there."""
    arn = sample_accounts.create_role(
        aws.endpoint, sample_accounts.ACME, ClientRole(name), external_id=f"daypass-{name}"
    )
    proof = a_verification(role_arn=arn, external_id=f"daypass-{name}")
    now = aws.ports.now()
    dates = {"starts_at": now - timedelta(1), "ends_at": now + timedelta(1)}
    items: list[Member | Token | Engagement | Role | Grant] = [
        a_member(name),
        a_token(name, expires_at=now + timedelta(1)),
        an_engagement(name, external_id=f"daypass-{name}", **dates),
        a_role(engagement=name, arn=arn, verification=proof),
        a_grant(name, engagement=name, **dates),
    ]
    aws.ports.state.change(items, entry(name))
    return name


@pytest.fixture
def fast_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the SDK's waits between attempts, and its retry quota, which the tests share."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    monkeypatch.setattr("botocore.retries.quota.RetryQuota.acquire", lambda *_: True)


@pytest.fixture
def dynamodb(aws: Aws, fast_tries: None) -> Any:
    return client_of(aws)


@pytest.fixture
def sts(aws: Aws, fast_tries: None) -> Any:
    return aws.ports.sts._get_sts_client()  # type: ignore[attr-defined]


@pytest.fixture
def side(aws: Aws, name: str) -> ClientSide:
    """Return an engagement with the role `readonly` created from the client's page, unchecked."""
    client_side = opened(aws, name)
    client_side.follow_setup_page()
    return client_side
