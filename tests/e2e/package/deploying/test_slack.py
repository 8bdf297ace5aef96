"""/daypass, deployed by `make deploy SLACK=1`: typed in Slack, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.rehearsal.deployment import set_slack_url
from local.slack import workspace
from local.slack.requests import Person
from local.slack.stand_in import SlackStandIn
from tests.e2e.package.deploying.deployed import Deployed, session
from tests.e2e.package.deploying.operator import Operator
from tests.e2e.pages.browser import CHROMIUM, DRIVER, Browser, chromium
from tests.fakes.slack import buttons_of, text_of

TEAM, SIGNING, NEXT = "T0EXAMPLE", "8f742231b10e8888abcd99aaabbb85a5", "0f" * 16
WEBHOOK = "https://hooks.slack.com/services/T0EXAMPLE/B0EXAMPLE/abcdefghij"
LENA, AMY = (Person(user=f"U0{item.upper()}", name=item, team=TEAM) for item in ("lena", "amy"))
PATIENCE = 60  # seconds: a container's start takes long here, and is not what this is about


FORMER = "/daypass/slack"


def parameter(operator: Operator, name: str) -> dict[str, str]:
    result = operator.client("ssm").get_parameter(Name=name, WithDecryption=True)
    parsed: dict[str, str] = json.loads(result["Parameter"]["Value"])
    return parsed


def test_the_secrets_are_asked_for_and_lie_encrypted(operator: Operator) -> None:
    done = operator.make("slack-secrets", typed=f"{TEAM}\n{SIGNING}\n{WEBHOOK}\n")

    assert done.returncode == 0, done.stderr
    assert SIGNING not in done.stdout + done.stderr
    assert parameter(operator, workspace.SIGNING) == {
        "team": TEAM,
        "signing_secret": SIGNING,
        "previous_signing_secret": "",
    }
    assert parameter(operator, workspace.WEBHOOK) == {"team": TEAM, "webhook": WEBHOOK}
    for name in (workspace.SIGNING, workspace.WEBHOOK):
        value = operator.client("ssm").get_parameter(Name=name)["Parameter"]
        assert value["Type"] == "SecureString"


def test_a_new_signing_secret_leaves_the_one_before_in_use(operator: Operator) -> None:
    operator.make("slack-secrets", typed=f"{TEAM}\n{SIGNING}\n{WEBHOOK}\n")

    done = operator.make("slack-secrets", typed=f"\n{NEXT}\n-\n")

    text = " ".join(done.stdout.split())
    assert "(Enter keeps the current one)" in text
    assert (
        "uses a new signing secret within seconds, and the other values within five minutes."
        in text
    )
    assert "accepts the previous signing secret too" in text
    assert parameter(operator, workspace.SIGNING) == {
        "team": TEAM,
        "signing_secret": NEXT,
        "previous_signing_secret": SIGNING,
    }
    assert parameter(operator, workspace.WEBHOOK) == {"team": TEAM, "webhook": ""}
    operator.make("slack-secrets", typed="\n\n\n")  # nothing is changed by looking
    assert parameter(operator, workspace.SIGNING)["previous_signing_secret"] == SIGNING


def test_what_an_earlier_version_had_in_one_parameter_is_taken_over(operator: Operator) -> None:
    """From the doctor's first word on it to the last."""
    stored = {
        "team": TEAM,
        "signing_secret": SIGNING,
        "previous_signing_secret": NEXT,
        "webhook": WEBHOOK,
    }
    operator.client("ssm").put_parameter(Name=FORMER, Type="SecureString", Value=json.dumps(stored))
    text = " ".join(operator.make("doctor", SLACK="1").stdout.split())
    assert "in /daypass/slack, where an earlier version read them" in text
    assert "Run `make slack-secrets` before you deploy, and press Enter at each question" in text

    done = operator.make("slack-secrets", typed="\n\n\n")

    assert done.returncode == 0, done.stderr
    assert "(Enter keeps the current one)" in done.stdout
    deleting = f"aws ssm delete-parameter --name {FORMER}"
    assert deleting in " ".join(done.stdout.split())
    assert parameter(operator, workspace.SIGNING) | parameter(operator, workspace.WEBHOOK) == stored
    assert parameter(operator, FORMER) == stored  # what runs until the deployment reads it
    text = " ".join(operator.make("doctor", SLACK="1").stdout.split())
    assert f"answers in the Slack workspace {TEAM}" in text
    assert deleting in text
    operator.client("ssm").delete_parameter(Name=FORMER)
    assert FORMER + " belongs to" not in operator.make("doctor", SLACK="1").stdout


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "example.slack.com\n",
        f"{TEAM}\nnot-the-secret\n",
        f"{TEAM}\n{SIGNING}\nhttps://hooks.slack.com.evil.example/services/T/B/abcdefghij\n",
    ],
)
def test_what_is_none_of_it_is_not_kept(operator: Operator, typed: str) -> None:
    done = operator.make("slack-secrets", typed=typed)

    assert done.returncode != 0
    assert "Copy all of it" in done.stderr
    assert operator.client("ssm").describe_parameters()["Parameters"] == []


def test_the_doctor_says_what_is_still_missing(operator: Operator) -> None:
    output = operator.make("doctor", SLACK="1").stdout
    assert "Run `make slack-secrets` (docs/slack-setup.md)" in " ".join(output.split())

    operator.make("slack-secrets", typed=f"{TEAM}\n{SIGNING}\n\n")
    assert f"answers in the Slack workspace {TEAM}" in operator.make("doctor", SLACK="1").stdout


@pytest.fixture(scope="module")
def slack(deployed: Deployed) -> Iterator[SlackStandIn]:
    """Slack, as far as the deployed functions know."""
    done = deployed.operator.make("slack-secrets", typed=f"{TEAM}\n{SIGNING}\n\n")
    assert done.returncode == 0, done.stderr
    deployed.operator.deploy(SLACK="1")
    with SlackStandIn(SIGNING, deployed.url()) as made:
        set_slack_url(deployed.aws, deployed.operator.account, made.url)
        yield made


def typed(slack: SlackStandIn, text: str, who: Person) -> dict[str, Any]:
    answer = slack.deliver(slack.command(text, who), patience=PATIENCE)
    assert answer.status == 200
    assert answer.message is not None
    return answer.message


def bound(deployed: Deployed, slack: SlackStandIn, who: Person, token: str) -> None:
    """Whoever it is has typed /daypass link, and entered the code with their own token."""
    text = text_of(typed(slack, "link", who))
    code = text.partition("Your code is `")[2].partition("`")[0]
    made = deployed.api(token)("POST", "/v1/me/slack", code=code)
    assert made["subject"] == who.user


def test_an_engagement_is_looked_at_checked_and_revoked_from_slack(
    deployed: Deployed, slack: SlackStandIn
) -> None:
    amy = deployed.member("amy-in-slack")
    deployed.engagement("acme-slack", "SlackRole", "amy-in-slack")
    bound(deployed, slack, LENA, deployed.lena)
    bound(deployed, slack, AMY, amy)

    assert "`acme-slack` (Acme): `readonly`" in text_of(typed(slack, "list", AMY))
    session(deployed, amy, "acme-slack")
    assert "59 min left" in text_of(typed(slack, "live", AMY))
    assert "lead-only" in text_of(typed(slack, "verify acme-slack", AMY))

    typed(slack, "verify acme-slack", LENA)
    text = text_of(slack.wait_for(1, seconds=PATIENCE)[-1].message)
    assert "readonly: passed." in text

    question = typed(slack, "revoke engagement acme-slack because a laptop is lost", LENA)
    assert "1 session may be alive" in text_of(question)
    press = slack.press(buttons_of(question)["do"], LENA)
    for _ in range(2):  # delivered twice
        assert slack.deliver(press, patience=PATIENCE).status == 200
    text = [text_of(item.message) for item in slack.wait_for(4, seconds=PATIENCE)]
    assert any("1 session may still be alive" in item for item in text)
    assert "revoked on" in text_of(typed(slack, "status acme-slack", LENA))
    assert "engagement-revoked" in text_of(typed(slack, "access acme-slack", AMY))

    entries = deployed.api(deployed.lena)("GET", "/v1/trail?engagement=acme-slack&limit=100")
    revoked = [entry for entry in entries["entries"] if entry["action"] == "engagement.revoke"]
    assert [item["address"] for item in revoked] == ["slack:T0EXAMPLE/C0GENERAL/U0LENA"]
    assert all(item.is_accepted for item in slack.posted)


def test_what_slack_has_not_signed_is_refused(deployed: Deployed, slack: SlackStandIn) -> None:
    request = slack.command("list", AMY, age=400)

    assert slack.deliver(request, patience=PATIENCE).status == 401


def test_a_signed_command_that_somebody_has_caught_makes_no_second_link(
    deployed: Deployed, slack: SlackStandIn
) -> None:
    bea = Person(user="U0BEA", name="bea", team=TEAM)
    token = deployed.member("bea")
    deployed.engagement("acme-caught", "CaughtRole", "bea")
    bound(deployed, slack, bea, token)
    request = slack.command("access acme-caught", bea)

    first, again = (slack.deliver(request, patience=PATIENCE) for _ in range(2))

    assert first.message is not None
    assert again.message is not None
    assert "open" in buttons_of(first.message)
    assert "duplicate-request" in text_of(again.message)


needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="Chromium and its driver are not on this machine."
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as window:
        yield window


def linked(deployed: Deployed, message: dict[str, Any]) -> str:
    """Where the message's link leads."""
    url = str(buttons_of(message)["open"]["url"])
    assert url.startswith(f"{deployed.url()}/access/")
    return url


def press(browser: Browser) -> None:
    with browser.another_page():
        browser.element("form button").click()


@needs_browser
def test_a_session_is_asked_for_in_slack_and_vended_on_the_page(
    deployed: Deployed, slack: SlackStandIn, browser: Browser
) -> None:
    cleo = Person(user="U0CLEO", name="cleo", team=TEAM)
    token = deployed.member("cleo")
    deployed.engagement("acme-link", "LinkRole", "cleo")
    bound(deployed, slack, cleo, token)

    message = typed(slack, "access acme-link for 15m because the import fails", cleo)
    browser.open(linked(deployed, message))
    press(browser)
    whole = json.loads(browser.text_of("#json code"))

    keys = whole["credentials"]
    sts = deployed.aws.client(
        "sts",
        access_key_id=keys["AccessKeyId"],
        secret_access_key=keys["SecretAccessKey"],
        session_token=keys["SessionToken"],
    )
    assert sts.get_caller_identity()["Arn"] == whole["assumed_role_arn"]
    browser.open(linked(deployed, message))
    assert browser.text_of("h1") == "This link has been used"
    entries = deployed.api(deployed.lena)("GET", "/v1/trail?engagement=acme-link&member=cleo")
    (intent,) = [entry for entry in entries["entries"] if entry["outcome"] == "intended"]
    assert intent["details"]["asked_in"] == "slack:T0EXAMPLE/C0GENERAL/U0CLEO"
    assert intent["details"]["said"] == "the import fails"
    nothing_of_it_is_anywhere_else(deployed, slack, keys)


@needs_browser
def test_what_is_revoked_between_the_command_and_the_button_is_refused_with_the_reason(
    deployed: Deployed, slack: SlackStandIn, browser: Browser
) -> None:
    dora = Person(user="U0DORA", name="dora", team=TEAM)
    token = deployed.member("dora")
    deployed.engagement("acme-late", "LateRole", "dora")
    bound(deployed, slack, dora, token)
    message = typed(slack, "access acme-late", dora)
    browser.open(linked(deployed, message))

    lena = deployed.api(deployed.lena)
    lena("POST", "/v1/engagements/acme-late/revoke", reason="a laptop is lost")
    press(browser)

    assert "This engagement has been revoked" in browser.text_of("main")
    assert "AccessKeyId" not in browser.text


def nothing_of_it_is_anywhere_else(
    deployed: Deployed, slack: SlackStandIn, keys: dict[str, str]
) -> None:
    """Neither in what was posted to Slack, nor in a table, nor in a function's log."""
    said = json.dumps([item.message for item in slack.posted])
    dynamodb, logs = deployed.client("dynamodb"), deployed.client("logs")
    for table in ("daypass-state", "daypass-trail"):
        said += json.dumps(dynamodb.scan(TableName=table)["Items"], default=str)
    for group in logs.describe_log_groups()["logGroups"]:
        events = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        said += "".join(event["message"] for event in events)
    assert keys["AccessKeyId"] in said  # as the trail has it
    assert keys["SecretAccessKey"] not in said
    assert keys["SessionToken"] not in said
