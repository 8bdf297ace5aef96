"""A session has exactly the permissions of the client's role, under the member's name."""

import json

from botocore.exceptions import ClientError

from tests.e2e.access import reason_for_refusal, session_client

FILE = {"Bucket": "acme-website-assets", "Key": "index.html"}


def vend(started, role="readonly", engagement="acme-prod", **more):
    path = f"/v1/engagements/{engagement}/sessions"
    return started.api("alice")("POST", path, role=role, **more)


def is_denied(call, **fields):
    try:
        call(**fields)
    except ClientError as error:
        return error.response["Error"]["Code"] == "AccessDenied"
    return False


def test_a_session_may_do_what_its_role_may_and_assumes_no_other_role(started):
    session = vend(started)
    s3, sts = (session_client(started.aws, session, service) for service in ("s3", "sts"))
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert names == ["acme-invoices-2026", "acme-website-assets"]
    assert b"Acme" in s3.get_object(**FILE)["Body"].read()
    assert is_denied(s3.put_object, **FILE, Body=b"x")
    arn = "arn:aws:iam::987654321098:role/DeployRole"
    assert is_denied(sts.assume_role, RoleArn=arn, RoleSessionName="onwards")
    deploy = vend(started, "deploy", reason="ship the new home page")
    session_client(started.aws, deploy, "s3").put_object(
        Bucket="acme-website-assets", Key="new.html", Body=b"new"
    )


def test_an_agent_sees_the_configuration_and_reads_a_file_only_if_a_lead_allows_it(started):
    """With the same role as its member, who reads the file."""
    lena, engagement = started.api("lena"), "/v1/engagements/acme-prod"
    session = vend(started, caller="agent")
    assert session["session_name"] == f"alice.{session['vend']}.agent"
    s3 = session_client(started.aws, session, "s3")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]]
    assert is_denied(s3.get_object, **FILE)
    lena("PATCH", engagement, agents="allow")
    s3 = session_client(started.aws, vend(started, caller="agent"), "s3")
    assert s3.get_object(**FILE)["Body"].read()
    lena("PATCH", engagement, agents="read-only")


def test_a_session_bears_the_members_name_by_which_the_client_can_deny_it(started):
    session = vend(started, "deploy", reason="see who AWS thinks I am")
    arn = session_client(started.aws, session, "sts").get_caller_identity()["Arn"]
    assert arn == session["assumed_role_arn"]
    assert arn == f"arn:aws:sts::987654321098:assumed-role/DeployRole/alice.{session['vend']}"
    s3 = session_client(started.aws, session, "s3")
    s3.list_buckets()
    iam = started.aws.as_root("987654321098", "iam")
    for member, expected in (("alice", True), ("bob", False)):
        condition = {"StringEquals": {"aws:SourceIdentity": member}}
        denial = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [denial]})
        iam.put_role_policy(RoleName="DeployRole", PolicyName="bar", PolicyDocument=policy)
        assert is_denied(s3.list_buckets) is expected
    iam.delete_role_policy(RoleName="DeployRole", PolicyName="bar")


def test_a_revoked_engagement_lists_the_session_which_lives_on_and_gives_no_more(started):
    """The client has chosen no cut-off, so the session lives until it expires. Their role accepts
    neither a source identity nor tags."""
    lena, engagement = started.api("lena"), "/v1/engagements/hooli"
    vended = vend(started, "audit", "hooli")
    revocation = lena("POST", f"{engagement}/revoke", reason="a laptop was lost")
    (session,) = [s for s in revocation["sessions"] if s["vend"] == vended["vend"]]
    assert session["status"] == "live"
    assert session["ends_by"] == vended["expires_at"] <= revocation["last_moment"]
    assert reason_for_refusal(started.api("alice"), "hooli", "audit") == "engagement-revoked"
    buckets = session_client(started.aws, vended, "s3").list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets] == ["hooli-access-logs"]
    lena("POST", f"{engagement}/reopen", reason="it was a drill")
