"""Daypass, deployed by `make deploy`, does what it is there for."""

from __future__ import annotations

import html
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local import sample_accounts
from local.sample_accounts import ACME
from tests.e2e.package.deploying.deployed import ADDRESS, Deployed, session, vending


@pytest.fixture(scope="module", autouse=True)
def buckets(deployed: Deployed) -> None:
    sample_accounts.create_buckets(deployed.aws, ACME)


def reason(error: urllib.error.HTTPError) -> str:
    return str(json.load(error)["reason"])


def test_it_tells_the_address_and_what_to_type_next(deployed: Deployed) -> None:
    (api,) = ADDRESS.findall(deployed.told)
    assert deployed.url_then.endswith(f"/{api}/api")
    assert deployed.told.endswith('\n  make first-lead NAME="Lena Lindqvist"\n')


def test_a_member_enters_a_client_until_the_lead_revokes(deployed: Deployed) -> None:
    amy = deployed.member("amy")
    deployed.engagement("acme-story", "StoryRole", "amy")

    vended = session(deployed, amy, "acme-story")["credentials"]
    s3 = deployed.aws.client(
        "s3",
        access_key_id=vended["AccessKeyId"],
        secret_access_key=vended["SecretAccessKey"],
        session_token=vended["SessionToken"],
    )
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert names == [bucket.name for bucket in ACME.buckets]

    lena = deployed.api(deployed.lena)
    lena("POST", "/v1/engagements/acme-story/revoke", reason="laptop lost")
    with pytest.raises(urllib.error.HTTPError) as refused:
        session(deployed, amy, "acme-story")
    assert (refused.value.code, reason(refused.value)) == (403, "engagement-revoked")


def test_a_client_reads_who_asks(deployed: Deployed) -> None:
    deployed.engagement("acme-page", "PageRole")
    link = deployed.api(deployed.lena)("POST", "/v1/engagements/acme-page/links")["url"]
    assert deployed.parameters()["FirmName"] in page(deployed, link)


def page(deployed: Deployed, link: str) -> str:
    assert link.startswith(deployed.url() + "/setup/")
    with urllib.request.urlopen(link) as answer:
        markup: str = answer.read().decode()
    return html.unescape(markup)


def test_whatever_runs_by_the_clock_runs(deployed: Deployed) -> None:
    """What it does is tested elsewhere: here, that the function starts, and may do it."""
    aws_lambda = deployed.client("lambda")
    events = deployed.client("events")
    targets = [
        target["Arn"]
        for rule in deployed.resources("AWS::Events::Rule").values()
        for target in events.list_targets_by_rule(Rule=rule)["Targets"]
    ]
    assert targets
    for function in targets:
        answer = aws_lambda.invoke(FunctionName=function, Payload=b"{}")
        assert "FunctionError" not in answer, answer["Payload"].read()


def test_there_is_one_first_lead(deployed: Deployed) -> None:
    assert deployed.lena
    again = deployed.operator.make("first-lead", NAME="Eve", ID="eve")
    assert again.returncode != 0
    assert again.stdout == ""
    assert again.stderr.startswith("Daypass: Daypass already has its first lead")


def test_a_lead_is_let_back_in_when_no_token_works(deployed: Deployed) -> None:
    assert deployed.lena
    refused = deployed.operator.make("recover-lead", ID="lena")
    assert "A lead has a working token" in refused.stderr


def test_the_other_leads_are_suspended_with_a_recovery(deployed: Deployed) -> None:
    lena = deployed.api(deployed.lena)
    taken_in = lena("POST", "/v1/members", id="mallory", name="Mallory", kind="lead")
    wrong = deployed.operator.make("recover-lead", ID="lena", OTHERS="all")
    assert wrong.stderr.startswith("Daypass: OTHERS can only be suspend")
    output = deployed.operator.made("recover-lead", ID="lena", OTHERS="suspend")
    assert output.startswith("The lead lena can enrol again.\nSuspended: mallory.\n")
    mallory = lena("GET", "/v1/members/mallory")
    assert taken_in["suspended_at"] is None
    assert mallory["suspended_at"]


def test_the_prober_is_handed_its_code_unseen(deployed: Deployed) -> None:
    """As far as the function: it asks the API at the address that AWS gives it."""
    done = deployed.operator.make("enrol-prober", typed="daypass_enrol_prober_none\n")
    assert done.stdout == "The prober's enrolment code: "
    assert done.stderr.startswith("Daypass: This must be a complete enrolment code.\n")


def test_a_second_deployment_changes_nothing(deployed: Deployed) -> None:
    output = deployed.operator.deploy()
    assert output.count(" is up to date.") == 2
    assert "YES=1" not in output  # nothing was asked
    assert ADDRESS.search(output)
    assert "first-lead" not in output


def test_members_vend_while_it_is_updated(deployed: Deployed) -> None:
    una = deployed.member("una")
    deployed.engagement("acme-update", "UpdateRole", "una")
    link = deployed.api(deployed.lena)("POST", "/v1/engagements/acme-update/links")["url"]

    with vending(deployed, una, "acme-update") as vended:
        output = deployed.operator.deploy(FIRM_NAME="Söhne & O'Reilly", RATE_LIMIT="2000")
    assert "UPDATE_COMPLETE" in output
    assert len(vended) > 5

    stage = f"arn:aws:apigateway:us-east-1::/restapis/{ADDRESS.findall(output)[0]}/stages/api"
    rule = deployed.client("wafv2").get_web_acl_for_resource(ResourceArn=stage)["WebACL"]
    limited = rule["Rules"][0]["Statement"]["RateBasedStatement"]
    assert (limited["AggregateKeyType"], str(limited["Limit"])) == ("IP", "2000")

    assert "Söhne & O'Reilly" in page(deployed, link)
    assert deployed.parameters()["OtherAccounts"] == "222233334444"


def test_a_lead_stops_people_while_strangers_use_up_the_stages_limit(deployed: Deployed) -> None:
    """The stage's default is cut to three requests, so that few strangers are a flood."""
    kim = deployed.member("kim")
    deployed.engagement("acme-flood", "FloodRole", "kim")
    lena = deployed.api(deployed.lena)
    with stage_default(deployed, rate=0.001, burst=3):
        for _ in range(4):
            with pytest.raises(urllib.error.HTTPError) as refused:
                deployed.api("nobody")("GET", "/v1/me")
        assert refused.value.code == 429
        with pytest.raises(urllib.error.HTTPError) as refused:
            lena("GET", "/v1/members")
        assert refused.value.code == 429

        assert session(deployed, kim, "acme-flood")["credentials"]
        stopped = lena("POST", "/v1/engagements/acme-flood/revoke", reason="a flood")
        assert "1 session may still be alive" in stopped["message"]
        lena("POST", "/v1/members/kim/revoke", reason="a flood")


@contextmanager
def stage_default(deployed: Deployed, *, rate: float, burst: int) -> Iterator[None]:
    """Until the block ends, routes without a limit of their own share this one."""
    gateway = deployed.client("apigateway")
    stage = {"restApiId": deployed.url().split("/")[-2], "stageName": "api"}

    def limit(rate: float, burst: int) -> None:
        settings = {"rateLimit": rate, "burstLimit": burst}
        gateway.update_stage(
            **stage,
            patchOperations=[
                {"op": "replace", "path": f"/*/*/throttling/{name}", "value": str(value)}
                for name, value in settings.items()
            ],
        )

    before = gateway.get_stage(**stage)["methodSettings"]["*/*"]
    limit(rate, burst)
    try:
        yield
    finally:
        limit(before["throttlingRateLimit"], before["throttlingBurstLimit"])


def test_destroyed_and_deployed_again_it_is_what_it_was(deployed: Deployed) -> None:
    assert deployed.lena
    before = deployed.lasting()
    logs = set(deployed.resources("AWS::Logs::LogGroup").values())
    output = deployed.operator.made("destroy", YES="1")
    assert deployed.lasting() == before
    assert logs
    assert logs <= log_groups(deployed)
    assert "daypass-APIHandler" in output
    assert "  make deploy " in output
    assert "OTHER_ACCOUNTS=222233334444" in output.splitlines()[-1]

    output = deployed.operator.deploy(FIRM_NAME=sample_accounts.FIRM_NAME)
    assert deployed.lasting() == before
    assert "daypass-foundation is up to date." in output
    assert deployed.parameters()["OtherAccounts"] == "222233334444"  # as the foundation has it
    assert deployed.api(deployed.lena)("GET", "/v1/me")["member"]["id"] == "lena"


def log_groups(deployed: Deployed) -> set[str]:
    pages = deployed.client("logs").get_paginator("describe_log_groups").paginate()
    return {group["logGroupName"] for page in pages for group in page["logGroups"]}


def test_the_foundation_is_protected(deployed: Deployed) -> None:
    assert deployed.stack("daypass-foundation")["EnableTerminationProtection"]
