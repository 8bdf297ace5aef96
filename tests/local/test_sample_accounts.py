"""The sample accounts: the roles and buckets of clients."""

from __future__ import annotations

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod
from local import sample_accounts
from local.endpoint import Endpoint
from local.functions import deployed_name
from local.sample_accounts import ClientRole, Foundation, Trust
from local.sample_data import ENGAGEMENTS
from tests.local.scene import Credentials, refusal, run_as

ID = "acme-7f3kQ"
TAGS = [{"Key": "DaypassEngagement", "Value": "acme"}]
ANOTHER_TAG = [{"Key": "Department", "Value": "finance"}]


@pytest.fixture(scope="module", autouse=True)
def clients(aws: Endpoint) -> None:
    for client in sample_accounts.CLIENTS:
        sample_accounts.create_buckets_and_roles(aws, client, external_id=ID)


@pytest.fixture
def broker(aws: Endpoint, foundation: Foundation) -> Credentials:
    assert foundation.broker_role_arn == sample_accounts.BROKER_ROLE
    return run_as(aws, foundation.broker_role_arn, deployed_name("Enter"))


@pytest.mark.parametrize(
    ("client", "role", "trust"),
    [(client, role, role.trust) for client in sample_accounts.CLIENTS for role in client.roles],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_clients_role_has_its_declared_trust_policy(
    broker: Credentials, client: sample_accounts.Client, role: ClientRole, trust: Trust
) -> None:
    arn = client.role_arn(role)
    accepts_more = trust is not Trust.ASSUME_ROLE_ONLY
    assert broker.may(arn, ExternalId=ID)
    assert broker.may(arn) is (trust is Trust.WITHOUT_EXTERNAL_ID)
    assert broker.may(arn, ExternalId=ID.upper()) is (trust is Trust.WITHOUT_EXTERNAL_ID)
    assert broker.may(arn, ExternalId=ID, SourceIdentity="ana") is accepts_more
    assert broker.may(arn, ExternalId=ID, Tags=TAGS) is accepts_more
    assert not broker.may(arn, ExternalId=ID, Tags=[*TAGS, *ANOTHER_TAG])


@pytest.mark.parametrize(("role", "writes"), [("ContractorRole", False), ("DeployRole", True)])
def test_the_contractor_role_can_read_and_the_deploy_role_can_also_write(
    aws: Endpoint, broker: Credentials, role: str, *, writes: bool
) -> None:
    session = broker.session_of(
        f"arn:aws:iam::{sample_accounts.ACME.account}:role/{role}", ExternalId=ID
    )
    s3 = session.client("s3")
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert names == [bucket.name for bucket in sample_accounts.ACME.buckets]
    bucket = sample_accounts.ACME.buckets[0]
    key, text = bucket.files[0]
    listed = s3.list_objects_v2(Bucket=bucket.name)["Contents"]
    assert [entry["Key"] for entry in listed] == [key for key, _ in bucket.files]
    assert s3.get_object(Bucket=bucket.name, Key=key)["Body"].read().decode() == text
    error = refusal(s3.put_object, Bucket=bucket.name, Key="new.txt", Body=b"new")
    assert (error is None) is writes
    aws.as_root(sample_accounts.ACME.account, "s3").delete_object(Bucket=bucket.name, Key="new.txt")
    assert session.client("ec2").describe_instances()["Reservations"] == []
    assert session.client("rds").describe_db_instances()["DBInstances"] == []
    assert refusal(session.client("iam").list_users) is not None


def test_each_method_for_cut_offs_occurs() -> None:
    assert {engagement.cut_off for engagement in ENGAGEMENTS} == set(CutOffMethod)
    assert ENGAGEMENTS[0].cut_off == "brake"
