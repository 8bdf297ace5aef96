"""A session has exactly the permissions of the client's role, under the member's name."""

from __future__ import annotations

import json
import urllib.error
from typing import Any

import boto3
import botocore.exceptions
import pytest

from tests.local.scene import refusal
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


def test_a_member_lists_the_clients_buckets_and_reads_a_file(started: Started) -> None:
    s3 = with_session(started, vend(started)["credentials"], "s3")
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert names == ["acme-invoices-2026", "acme-website-assets"]
    page = s3.get_object(Bucket="acme-website-assets", Key="index.html")["Body"].read()
    assert b"Acme" in page
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        s3.put_object(Bucket="acme-website-assets", Key="x", Body=b"x")
    deploy = vend(started, "deploy", reason="ship the new home page")
    s3 = with_session(started, deploy["credentials"], "s3")
    s3.put_object(Bucket="acme-website-assets", Key="new.html", Body=b"new")


def test_a_session_cannot_assume_another_role(started: Started) -> None:
    sts = with_session(started, vend(started)["credentials"], "sts")
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sts.assume_role(
            RoleArn="arn:aws:iam::987654321098:role/DeployRole", RoleSessionName="onwards"
        )
    assert error.value.response["Error"]["Code"] == "AccessDenied"


def test_an_agent_sees_the_configuration_and_reads_a_file_only_if_a_lead_allows_it(
    started: Started,
) -> None:
    """With the same role as its member, who reads the file."""
    lena, engagement = started.api("lena"), "/v1/engagements/acme-prod"
    file = {"Bucket": "acme-website-assets", "Key": "index.html"}
    vended = vend(started, caller="agent")
    assert vended["session_name"] == f"alice.{vended['vend']}.agent"
    s3 = with_session(started, vended["credentials"], "s3")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]]
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        s3.get_object(**file)
    lena("PATCH", engagement, agents="allow")
    s3 = with_session(started, vend(started, caller="agent")["credentials"], "s3")
    assert s3.get_object(**file)["Body"].read()
    lena("PATCH", engagement, agents="read-only")


def test_a_role_that_accepts_neither_source_identity_nor_tags_works(
    started: Started,
) -> None:
    vended = started.api("alice")("POST", "/v1/engagements/hooli/sessions", role="audit")
    s3 = with_session(started, vended["credentials"], "s3")
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["hooli-access-logs"]


def test_a_session_bears_the_members_name_by_which_the_client_can_deny_it(
    started: Started,
) -> None:
    vended = vend(started, "deploy", reason="see who AWS thinks I am")
    keys = vended["credentials"]
    arn = with_session(started, keys, "sts").get_caller_identity()["Arn"]
    assert arn == vended["assumed_role_arn"]
    assert arn == f"arn:aws:sts::987654321098:assumed-role/DeployRole/alice.{vended['vend']}"
    s3 = with_session(started, keys, "s3")
    s3.list_buckets()
    iam = started.aws.as_root("987654321098", "iam")
    for member, is_denied in (("alice", True), ("bob", False)):
        condition = {"StringEquals": {"aws:SourceIdentity": member}}
        denial = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [denial]})
        iam.put_role_policy(RoleName="DeployRole", PolicyName="bar", PolicyDocument=policy)
        assert (refusal(s3.list_buckets) is not None) is is_denied
    iam.delete_role_policy(RoleName="DeployRole", PolicyName="bar")


def test_a_revoked_engagement_lists_the_session_which_lives_on_and_gives_no_more(
    started: Started,
) -> None:
    """The client has chosen no cut-off, so the session lives until it expires."""
    lena, alice = started.api("lena"), started.api("alice")
    engagement = "/v1/engagements/hooli"
    vended = alice("POST", f"{engagement}/sessions", role="audit")
    revocation = lena("POST", f"{engagement}/revoke", reason="a laptop was lost")
    (session,) = [s for s in revocation["sessions"] if s["vend"] == vended["vend"]]
    assert session["status"] == "live"
    assert session["ends_by"] == vended["expires_at"] <= revocation["last_moment"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        alice("POST", f"{engagement}/sessions", role="audit")
    assert json.load(refused.value)["reason"] == "engagement-revoked"
    assert with_session(started, vended["credentials"], "s3").list_buckets()["Buckets"]
    lena("POST", f"{engagement}/reopen", reason="it was a drill")
