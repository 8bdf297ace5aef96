"""The sample accounts: the roles and buckets of clients."""

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod
from local import sample_accounts
from local.functions import deployed_name
from local.sample_accounts import Trust
from local.sample_data import ENGAGEMENTS
from tests.local.scene import run_as

ID = "acme-7f3kQ"
TAGS = [{"Key": "DaypassEngagement", "Value": "acme"}]
ANOTHER_TAG = [{"Key": "Department", "Value": "finance"}]


@pytest.fixture(scope="module", autouse=True)
def clients(aws):
    for client in sample_accounts.CLIENTS:
        sample_accounts.create_buckets_and_roles(aws, client, external_id=ID)


@pytest.fixture
def broker(aws, foundation):
    assert foundation.broker_role_arn == sample_accounts.BROKER_ROLE
    return run_as(aws, foundation.broker_role_arn, deployed_name("Enter"))


@pytest.mark.parametrize(
    ("client", "role", "trust"),
    [(client, role, role.trust) for client in sample_accounts.CLIENTS for role in client.roles],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_clients_role_has_its_declared_trust_policy(broker, client, role, trust):
    arn = client.role_arn(role)
    accepts_more = trust is not Trust.ASSUME_ROLE_ONLY
    assert broker.may(arn, ExternalId=ID)
    assert broker.may(arn) is (trust is Trust.WITHOUT_EXTERNAL_ID)
    assert broker.may(arn, ExternalId=ID.upper()) is (trust is Trust.WITHOUT_EXTERNAL_ID)
    assert broker.may(arn, ExternalId=ID, SourceIdentity="ana") is accepts_more
    assert broker.may(arn, ExternalId=ID, Tags=TAGS) is accepts_more
    assert not broker.may(arn, ExternalId=ID, Tags=[*TAGS, *ANOTHER_TAG])


def test_each_method_for_cut_offs_occurs():
    assert {engagement.cut_off for engagement in ENGAGEMENTS} == set(CutOffMethod)
    assert ENGAGEMENTS[0].cut_off == "brake"
