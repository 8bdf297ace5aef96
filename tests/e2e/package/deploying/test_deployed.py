"""Daypass, deployed by `make deploy`, works from first lead to destroy."""

import html
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest
from release import add_package

from local import sample_accounts
from local.outbox import SENDER
from local.sample_accounts import ACME
from operating import releases
from operating.releases import Release
from tests.e2e.access import reason_for_refusal, session_client
from tests.e2e.package.building import MACHINE
from tests.e2e.package.deploying.deployed import ADDRESS, session, vending


@pytest.fixture(scope="module", autouse=True)
def buckets(deployed):
    sample_accounts.create_buckets(deployed.aws, ACME)


def test_make_deploy_prints_the_address_and_the_next_command(deployed):
    (api_id,) = ADDRESS.findall(deployed.output)
    assert deployed.first_url.endswith(f"/{api_id}/api")
    assert "Every job has been started once." in deployed.output
    assert deployed.output.endswith('\n  make first-lead NAME="Lena Lindqvist"\n')


def test_a_member_gets_sessions_until_the_lead_revokes(deployed):
    amy = deployed.add_member("amy")
    deployed.open_engagement("acme-story", "StoryRole", "amy")

    s3 = session_client(deployed.aws, session(deployed, amy, "acme-story"), "s3")
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert names == [bucket.name for bucket in ACME.buckets]

    lena = deployed.api(deployed.lena)
    lena("POST", "/v1/engagements/acme-story/revoke", reason="laptop lost")
    assert reason_for_refusal(deployed.api(amy), "acme-story") == "engagement-revoked"


def page(deployed, link):
    assert link.startswith(deployed.url() + "/setup/")
    with urllib.request.urlopen(link) as response:
        markup = response.read().decode()
    return html.unescape(markup)


def test_every_scheduled_function_runs(deployed):
    """Each starts and has the permissions it needs. Other tests cover the results."""
    aws_lambda = deployed.client("lambda")
    events = deployed.client("events")
    targets = [
        target["Arn"]
        for rule in deployed.resources("AWS::Events::Rule").values()
        for target in events.list_targets_by_rule(Rule=rule)["Targets"]
    ]
    assert targets
    for function in targets:
        response = aws_lambda.invoke(FunctionName=function, Payload=b"{}")
        assert "FunctionError" not in response, response["Payload"].read()


def test_a_lead_is_made_and_recovered_only_as_the_operator_may(deployed):
    lena, operator = deployed.api(deployed.lena), deployed.operator
    second = operator.make("first-lead", NAME="Eve", ID="eve")
    assert (second.returncode != 0, second.stdout) == (True, "")
    assert second.stderr.startswith("Daypass: Daypass already has its first lead")
    assert "A lead has a working token" in operator.make("recover-lead", ID="lena").stderr

    created = lena("POST", "/v1/members", id="mallory", name="Mallory", kind="lead")
    mistyped = operator.make("recover-lead", ID="lena", OTHERS="all")
    assert mistyped.stderr.startswith("Daypass: OTHERS can only be suspend")
    declined = operator.make("recover-lead", ID="lena", OTHERS="suspend")
    assert declined.returncode != 0
    assert declined.stderr.startswith("Daypass: Nothing was changed.\n")
    output = operator.output_of("recover-lead", ID="lena", OTHERS="suspend", YES="1")
    assert "The lead lena can enrol again.\nSuspended: mallory.\n" in output
    mallory = lena("GET", "/v1/members/mallory")
    assert created["suspended_at"] is None
    assert mallory["suspended_at"]


def test_enrol_prober_does_not_show_the_code(deployed):
    """The function refuses this code before it calls the API, which has an address of AWS's."""
    process = deployed.operator.make("enrol-prober", typed="daypass_enrol_prober_none\n")
    assert process.stdout == "The prober's enrolment code: "
    assert process.stderr.startswith("Daypass: Enter a complete enrolment code.\n")


def test_a_second_deployment_changes_nothing(deployed):
    output = deployed.operator.deploy()
    assert output.count(" is up to date.") == 2
    assert "YES=1" not in output  # no confirmation needed
    assert ADDRESS.search(output)
    assert "first-lead" not in output
    # The price of AWS WAF was shown before it was created.
    output = deployed.operator.output_of("doctor", RATE_LIMIT="1000")
    assert "  ok    AWS WAF blocks an IP address after 1000 requests in five minutes" in output
    assert "USD" not in output
    assert deployed.stack("daypass-foundation")["EnableTerminationProtection"]


def test_a_release_deploys_the_same_and_is_refused_if_a_file_was_changed(deployed, tmp_path):
    release = Release(tmp_path, releases.declared_version(), MACHINE)
    add_package(release, deployed.operator.packaged)
    releases.write_sums(tmp_path)
    settings = {"RELEASE": str(tmp_path), "ARCH": MACHINE, "YES": "1"}
    output = deployed.operator.output_of("deploy", **settings)
    assert output.count(" is up to date.") == 2
    assert "Packaging" not in output

    release.code.write_bytes(b"another")
    process = deployed.operator.make("deploy", **settings)
    assert process.returncode != 0
    assert f"it has a {release.code.name} that does not match SHA256SUMS." in process.stdout


def test_members_get_sessions_during_an_update(deployed):
    una = deployed.add_member("una")
    deployed.open_engagement("acme-update", "UpdateRole", "una")
    link = deployed.api(deployed.lena)("POST", "/v1/engagements/acme-update/links")["url"]

    with vending(deployed, una, "acme-update") as vended:
        output = deployed.operator.deploy(
            FIRM_NAME="Söhne & O'Reilly", RATE_LIMIT="2000", CLIENT_MAIL_FROM=SENDER
        )
    assert "UPDATE_COMPLETE" in output
    assert len(vended) > 5

    stage = f"arn:aws:apigateway:us-east-1::/restapis/{ADDRESS.findall(output)[0]}/stages/api"
    web_acl = deployed.client("wafv2").get_web_acl_for_resource(ResourceArn=stage)["WebACL"]
    statement = web_acl["Rules"][0]["Statement"]["RateBasedStatement"]
    assert (statement["AggregateKeyType"], str(statement["Limit"])) == ("IP", "2000")

    (feedback,) = deployed.client("sesv2").get_configuration_set_event_destinations(
        ConfigurationSetName="daypass-client-mails"
    )["EventDestinations"]
    assert feedback["Enabled"]
    assert feedback["SnsDestination"]["TopicArn"].endswith(":daypass-warnings")

    assert "Söhne & O'Reilly" in page(deployed, link)
    assert deployed.parameters()["OtherAccounts"] == "222233334444"


def test_a_lead_revokes_while_unauthenticated_requests_use_up_the_stages_limit(deployed):
    """The stage's default limit is cut to three requests, so that four make a flood."""
    kim = deployed.add_member("kim")
    deployed.open_engagement("acme-flood", "FloodRole", "kim")
    lena = deployed.api(deployed.lena)
    with stage_default(deployed, rate=0.001, burst=3):
        for _ in range(4):
            with pytest.raises(urllib.error.HTTPError) as refused:
                deployed.api("not-a-token")("GET", "/v1/me")
        assert refused.value.code == 429
        with pytest.raises(urllib.error.HTTPError) as refused:
            lena("GET", "/v1/members")
        assert refused.value.code == 429

        assert session(deployed, kim, "acme-flood")["credentials"]
        revocation = lena("POST", "/v1/engagements/acme-flood/revoke", reason="a flood")
        assert "1 session may still be active" in revocation["message"]
        lena("POST", "/v1/members/kim/revoke", reason="a flood")


@contextmanager
def stage_default(deployed, *, rate, burst):
    """Set the limit that routes without their own share, until the block ends."""
    gateway = deployed.client("apigateway")
    stage = {"restApiId": deployed.url().split("/")[-2], "stageName": "api"}

    def limit(rate, burst):
        settings = {"rateLimit": rate, "burstLimit": burst}
        gateway.update_stage(
            **stage,
            patchOperations=[
                {"op": "replace", "path": f"/*/*/throttling/{name}", "value": str(value)}
                for name, value in settings.items()
            ],
        )

    previous = gateway.get_stage(**stage)["methodSettings"]["*/*"]
    limit(rate, burst)
    try:
        yield
    finally:
        limit(previous["throttlingRateLimit"], previous["throttlingBurstLimit"])


def test_destroying_and_deploying_again_keeps_data_and_settings(deployed):
    assert deployed.lena
    ids_before = deployed.permanent_ids()
    logs = set(deployed.resources("AWS::Logs::LogGroup").values())
    output = deployed.operator.output_of("destroy", YES="1")
    assert deployed.permanent_ids() == ids_before
    assert logs
    assert logs <= log_groups(deployed)
    assert "daypass-APIHandler" in output
    assert "  make deploy " in output
    assert "OTHER_ACCOUNTS=222233334444" in output.splitlines()[-1]

    output = deployed.operator.deploy(FIRM_NAME=sample_accounts.FIRM_NAME)
    assert deployed.permanent_ids() == ids_before
    assert "daypass-foundation is up to date." in output
    assert deployed.parameters()["OtherAccounts"] == "222233334444"  # read from the foundation
    assert deployed.api(deployed.lena)("GET", "/v1/me")["member"]["id"] == "lena"


def log_groups(deployed):
    pages = deployed.client("logs").get_paginator("describe_log_groups").paginate()
    return {group["logGroupName"] for page in pages for group in page["logGroups"]}
