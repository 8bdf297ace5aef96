"""/daypass, deployed by `make deploy SLACK=1`, from the secrets to commands and buttons."""

import html
import json
import re
from urllib.request import urlopen

import pytest

from local.rehearsal.deployment import set_slack_url
from local.slack import workspace
from local.slack.requests import Person
from local.slack.stand_in import SlackStandIn
from tests.e2e.access import session_client
from tests.e2e.package.deploying.deployed import session
from tests.fakes.slack import buttons_of, text_of

TEAM, SIGNING, NEXT = "T0EXAMPLE", "8f742231b10e8888abcd99aaabbb85a5", "0f" * 16
WEBHOOK = "https://hooks.slack.com/services/T0EXAMPLE/B0EXAMPLE/abcdefghij"
LENA, AMY = (Person(user=f"U0{name.upper()}", name=name, team=TEAM) for name in ("lena", "amy"))
PATIENCE = 60  # seconds; containers start slowly here, which these tests do not measure


def parameter(operator, name):
    response = operator.client("ssm").get_parameter(Name=name, WithDecryption=True)
    return json.loads(response["Parameter"]["Value"])


def test_the_secrets_are_stored_encrypted_and_the_signing_secret_before_stays_in_use(operator):
    missing = operator.make("doctor", SLACK="1").stdout
    assert "Run `make slack-secrets` (docs/slack-setup.md)" in " ".join(missing.split())
    invalid = operator.make("slack-secrets", typed=f"{TEAM}\nnot-the-secret\n")
    assert invalid.returncode != 0
    assert "Copy the whole value" in invalid.stderr
    assert operator.client("ssm").describe_parameters()["Parameters"] == []

    process = operator.make("slack-secrets", typed=f"{TEAM}\n{SIGNING}\n{WEBHOOK}\n")
    assert process.returncode == 0, process.stderr
    assert SIGNING not in process.stdout + process.stderr
    secrets = {"team": TEAM, "signing_secret": SIGNING, "previous_signing_secret": ""}
    assert parameter(operator, workspace.SIGNING) == secrets
    assert parameter(operator, workspace.WEBHOOK) == {"team": TEAM, "webhook": WEBHOOK}
    for name in (workspace.SIGNING, workspace.WEBHOOK):
        stored = operator.client("ssm").get_parameter(Name=name)["Parameter"]
        assert stored["Type"] == "SecureString"
    assert f"answers in the Slack workspace {TEAM}" in operator.make("doctor", SLACK="1").stdout

    process = operator.make("slack-secrets", typed=f"\n{NEXT}\n-\n")
    text = " ".join(process.stdout.split())
    assert "(Enter keeps the current one)" in text
    assert "a new signing secret within seconds, and the other values within five minutes." in text
    assert "also accepts the previous signing secret" in text
    replaced = secrets | {"signing_secret": NEXT, "previous_signing_secret": SIGNING}
    assert parameter(operator, workspace.SIGNING) == replaced
    assert parameter(operator, workspace.WEBHOOK) == {"team": TEAM, "webhook": ""}
    operator.make("slack-secrets", typed="\n\n\n")  # pressing Enter changes nothing
    assert parameter(operator, workspace.SIGNING) == replaced


@pytest.fixture(scope="module")
def slack(deployed):
    """Run a stand-in that the deployed functions use as Slack."""
    process = deployed.operator.make("slack-secrets", typed=f"{TEAM}\n{SIGNING}\n\n")
    assert process.returncode == 0, process.stderr
    deployed.operator.deploy(SLACK="1")
    with SlackStandIn(SIGNING, deployed.url()) as stand_in:
        set_slack_url(deployed.aws, deployed.operator.account, stand_in.url)
        yield stand_in


def typed(slack, text, person):
    response = slack.deliver(slack.command(text, person), patience=PATIENCE)
    assert response.status == 200
    assert response.message is not None
    return response.message


def link_account(deployed, slack, person, token):
    """Type /daypass link, and redeem the code with the member's token."""
    text = text_of(typed(slack, "link", person))
    code = text.partition("Your code is `")[2].partition("`")[0]
    identity = deployed.api(token)("POST", "/v1/me/slack", code=code)
    assert identity["subject"] == person.user


def test_an_engagement_is_viewed_and_revoked_from_slack(deployed, slack):
    amy = deployed.add_member("amy-in-slack")
    deployed.open_engagement("acme-slack", "SlackRole", "amy-in-slack")
    link_account(deployed, slack, LENA, deployed.lena)
    link_account(deployed, slack, AMY, amy)

    assert "`acme-slack/readonly`: Acme" in text_of(typed(slack, "list", AMY))
    session(deployed, amy, "acme-slack")
    assert "59 min left" in text_of(typed(slack, "live", AMY))
    assert "lead-only" in text_of(typed(slack, "verify acme-slack", AMY))

    confirmation = typed(slack, "revoke engagement acme-slack because a laptop is lost", LENA)
    assert "1 session may still be active" in text_of(confirmation)
    press = slack.press(buttons_of(confirmation)["do"], LENA)
    for _ in range(2):  # delivered twice
        assert slack.deliver(press, patience=PATIENCE).status == 200
    posts = [text_of(post.message) for post in slack.wait_for(3, seconds=PATIENCE)]
    assert any("1 session may still be active" in text for text in posts)
    assert "A lead revoked the engagement on" in text_of(typed(slack, "who acme-slack", LENA))
    assert "engagement-revoked" in text_of(typed(slack, "access acme-slack", AMY))

    trail = deployed.api(deployed.lena)("GET", "/v1/trail?engagement=acme-slack&limit=100")
    revocations = [entry for entry in trail["entries"] if entry["action"] == "engagement.revoke"]
    assert [entry["address"] for entry in revocations] == ["slack:T0EXAMPLE/C0GENERAL/U0LENA"]
    assert all(post.is_accepted for post in slack.posted)


def test_a_session_requested_in_slack_is_vended_on_the_page(deployed, slack):
    cleo = Person(user="U0CLEO", name="cleo", team=TEAM)
    token = deployed.add_member("cleo")
    deployed.open_engagement("acme-link", "LinkRole", "cleo")
    link_account(deployed, slack, cleo, token)

    message = typed(slack, "access acme-link for 15m because the import fails", cleo)
    url = str(buttons_of(message)["open"]["url"])
    assert url.startswith(f"{deployed.url()}/access/")
    with urlopen(url, b"", timeout=PATIENCE) as page:
        (text,) = re.findall(r'id="json".*?<code>(.*?)</code>', page.read().decode(), re.DOTALL)
    session_json = json.loads(html.unescape(text))
    sts = session_client(deployed.aws, session_json, "sts")
    assert sts.get_caller_identity()["Arn"] == session_json["assumed_role_arn"]
    trail = deployed.api(deployed.lena)("GET", "/v1/trail?engagement=acme-link&member=cleo")
    (intent,) = [entry for entry in trail["entries"] if entry["outcome"] == "intended"]
    assert intent["details"]["asked_in"] == "slack:T0EXAMPLE/C0GENERAL/U0CLEO"
    assert intent["details"]["said"] == "the import fails"
    assert_secrets_are_stored_nowhere(deployed, slack, session_json["credentials"])


def assert_secrets_are_stored_nowhere(deployed, slack, credentials):
    """Search the posts to Slack, the tables and the functions' logs."""
    text = json.dumps([post.message for post in slack.posted])
    dynamodb, logs = deployed.client("dynamodb"), deployed.client("logs")
    for table in ("daypass-state", "daypass-trail"):
        text += json.dumps(dynamodb.scan(TableName=table)["Items"], default=str)
    for group in logs.describe_log_groups()["logGroups"]:
        events = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        text += "".join(event["message"] for event in events)
    assert credentials["AccessKeyId"] in text  # the trail has it
    assert credentials["SecretAccessKey"] not in text
    assert credentials["SessionToken"] not in text
