"""A session has exactly the permissions of the client's role, under the member's name."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import botocore.exceptions
import pytest
from botocore.credentials import ProcessProvider

from local import sample_accounts
from local.sample_data import Api
from tests.running import Started

PATH = "/v1/engagements/acme-prod/sessions"


def with_session(started: Started, keys: dict[str, str], service: str) -> Any:
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=started.aws.url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def vend(started: Started, role: str = "readonly", **more: Any) -> dict[str, Any]:
    vended: dict[str, Any] = started.api("alice")("POST", PATH, role=role, **more)
    return vended


def refusal(api: Api, method: str, path: str, **body: Any) -> tuple[int, str]:
    with pytest.raises(urllib.error.HTTPError) as error:
        api(method, path, **body)
    return error.value.code, json.load(error.value)["reason"]


def test_a_member_lists_the_clients_buckets_and_reads_a_file(started: Started) -> None:
    s3 = with_session(started, vend(started)["credentials"], "s3")
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert names == ["acme-invoices-2026", "acme-website-assets"]
    page = s3.get_object(Bucket="acme-website-assets", Key="index.html")["Body"].read()
    assert b"Acme" in page


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("s3", "put_object", {"Bucket": "acme-website-assets", "Key": "x", "Body": b"x"}),
        ("s3", "delete_bucket", {"Bucket": "acme-invoices-2026"}),
        ("iam", "list_users", {}),
        ("iam", "create_user", {"UserName": "mallory"}),
        ("dynamodb", "list_tables", {}),
    ],
)
def test_actions_outside_the_role_are_denied(
    started: Started, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    client = with_session(started, vend(started)["credentials"], service)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        getattr(client, operation)(**arguments)
    assert error.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")


def test_another_role_of_the_same_engagement_allows_more(started: Started) -> None:
    vended = vend(started, "deploy", reason="ship the new home page")
    s3 = with_session(started, vended["credentials"], "s3")
    s3.put_object(Bucket="acme-website-assets", Key="new.html", Body=b"new")


def test_a_session_cannot_assume_another_role(started: Started) -> None:
    sts = with_session(started, vend(started)["credentials"], "sts")
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sts.assume_role(
            RoleArn="arn:aws:iam::987654321098:role/DeployRole", RoleSessionName="onwards"
        )
    assert error.value.response["Error"]["Code"] == "AccessDenied"


def test_an_agent_sees_the_configuration_and_reads_no_file(started: Started) -> None:
    """With the same role as its member, who reads the file."""
    vended = vend(started, caller="agent")
    assert vended["session_name"] == f"alice.{vended['vend']}.agent"
    s3 = with_session(started, vended["credentials"], "s3")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]]
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        s3.get_object(Bucket="acme-website-assets", Key="index.html")


def test_a_lead_decides_what_agents_may_do(started: Started) -> None:
    lena, engagement = started.api("lena"), "/v1/engagements/acme-prod"
    assert lena("PATCH", engagement, agents="refuse")["agents"] == "refuse"
    refused = refusal(started.api("alice"), "POST", PATH, role="readonly", caller="agent")
    assert refused == (403, "agents-refused")
    assert vend(started)["credentials"]
    lena("PATCH", engagement, agents="allow")
    s3 = with_session(started, vend(started, caller="agent")["credentials"], "s3")
    assert s3.get_object(Bucket="acme-website-assets", Key="index.html")["Body"].read()
    lena("PATCH", engagement, agents="read-only")


def test_the_session_bears_the_members_name(started: Started) -> None:
    vended = vend(started)
    arn = with_session(started, vended["credentials"], "sts").get_caller_identity()["Arn"]
    assert arn == vended["assumed_role_arn"]
    assert arn == (f"arn:aws:sts::987654321098:assumed-role/ContractorRole/alice.{vended['vend']}")


def test_the_source_identity_is_the_member(started: Started) -> None:
    """The client can deny one member by name."""
    keys = vend(started, "deploy", reason="see who AWS thinks I am")["credentials"]
    s3 = with_session(started, keys, "s3")
    s3.list_buckets()
    iam = started.aws.as_root("987654321098", "iam")
    denial = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceIdentity": "alice"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denial]})
    iam.put_role_policy(RoleName="DeployRole", PolicyName="bar", PolicyDocument=policy)
    with pytest.raises(botocore.exceptions.ClientError):
        s3.list_buckets()
    denial["Condition"] = {"StringEquals": {"aws:SourceIdentity": "bob"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denial]})
    iam.put_role_policy(RoleName="DeployRole", PolicyName="bar", PolicyDocument=policy)
    s3.list_buckets()
    iam.delete_role_policy(RoleName="DeployRole", PolicyName="bar")


def test_a_role_that_accepts_neither_source_identity_nor_tags_works(
    started: Started,
) -> None:
    vended = started.api("alice")("POST", "/v1/engagements/hooli/sessions", role="audit")
    s3 = with_session(started, vended["credentials"], "s3")
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["hooli-access-logs"]


def test_an_sdk_reads_the_response_as_a_credential_process(started: Started, tmp_path: Any) -> None:
    response_file = tmp_path / "response.json"
    response_file.write_text(json.dumps(vend(started, format="credential_process")))
    profiles = {"profiles": {"acme": {"credential_process": f"cat {response_file}"}}}
    credentials = ProcessProvider("acme", lambda: profiles).load()
    assert credentials is not None
    assert credentials.get_frozen_credentials().access_key.startswith("ASIA")
    assert credentials.account_id == "987654321098"


def test_an_account_of_the_firm_cannot_be_a_client(started: Started) -> None:
    """The function's settings list the firm's accounts."""
    for account_id in sample_accounts.OTHER_ACCOUNTS:
        request = {"id": "sandbox", "client": "Us", "account_id": account_id}
        ends_at = {"ends_at": "2027-03-31T18:00:00Z"}
        refused = refusal(started.api("lena"), "POST", "/v1/engagements", **request, **ends_at)
        assert refused == (400, "firm-account")


def test_a_role_that_anyone_can_assume_gives_no_session(started: Started) -> None:
    lena = started.api("lena")
    lena("POST", "/v1/engagements/umbrella/grants", member="alice", roles=["partner"])
    path = "/v1/engagements/umbrella/sessions"
    assert refusal(started.api("alice"), "POST", path, role="partner") == (
        403,
        "role-unverified",
    )


def test_a_role_whose_arn_has_changed_must_be_verified_again(started: Started) -> None:
    lena, bob = started.api("lena"), started.api("bob")
    role = "/v1/engagements/globex/roles/readonly"
    path = "/v1/engagements/globex/sessions"
    bob("POST", path, role="readonly")
    lena("PATCH", role, arn="arn:aws:iam::876543210987:role/Another")
    lena("PATCH", role, arn="arn:aws:iam::876543210987:role/ConsultantRole")
    assert refusal(bob, "POST", path, role="readonly") == (403, "role-unverified")
    assert lena("POST", f"{role}/verify")["verification"]["passed"]
    bob("POST", path, role="readonly")


@pytest.fixture
def revoke(started: Started) -> Iterator[Callable[..., Any]]:
    """Revoke an engagement as Lena, and reopen it after the test."""
    lena, revoked = started.api("lena"), []

    def revoke_it(engagement: str, reason: str) -> Any:
        revoked.append(engagement)
        return lena("POST", f"/v1/engagements/{engagement}/revoke", reason=reason)

    yield revoke_it
    for engagement in revoked:
        lena("POST", f"/v1/engagements/{engagement}/reopen", reason="it was a drill")


def test_a_revoked_engagement_lists_the_session_and_gives_no_more(
    started: Started, revoke: Callable[..., Any]
) -> None:
    """The client has chosen no cut-off, so the session lives until it expires."""
    alice, path = started.api("alice"), "/v1/engagements/hooli/sessions"
    vended = alice("POST", path, role="audit")
    revocation = revoke("hooli", "a laptop was lost")
    own_sessions = [s for s in revocation["sessions"] if s["vend"] == vended["vend"]]
    assert own_sessions[0]["status"] == "live"
    assert own_sessions[0]["ends_by"] == vended["expires_at"] <= revocation["last_moment"]
    assert "cannot recall issued sessions" in revocation["message"]
    assert refusal(alice, "POST", path, role="audit") == (403, "engagement-revoked")
    s3 = with_session(started, vended["credentials"], "s3")
    assert s3.list_buckets()["Buckets"]
    entries = started.api("ada")("GET", "/v1/trail?engagement=hooli&limit=20")["entries"]
    latest, *earlier = [(e["action"], e["outcome"]) for e in entries]
    assert latest == ("vend", "refused")
    assert ("engagement.revoke", "done") in earlier[:2]
    # Another test's cut-off of the same second ends this session too. Then there is no second one.
    assert ("cut-off.request", "done") in earlier


def test_the_cut_off_ends_the_session_in_the_clients_account(
    started: Started, revoke: Callable[..., Any]
) -> None:
    vended = started.api("alice")("POST", "/v1/engagements/hooli/sessions", role="audit")
    revocation = revoke("hooli", "drill")
    deny = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThanEquals": {"aws:TokenIssueTime": revocation["cut_off_at"]}},
    }
    iam = started.aws.as_root("543210987654", "iam")
    cut_off_policy = {"RoleName": "AuditRole", "PolicyName": "AWSRevokeOlderSessions"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    iam.put_role_policy(**cut_off_policy, PolicyDocument=policy)
    with pytest.raises(botocore.exceptions.ClientError):
        with_session(started, vended["credentials"], "s3").list_buckets()
    iam.delete_role_policy(**cut_off_policy)
