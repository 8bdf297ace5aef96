"""Access that a client approves, from Slack to the trail, deployed by `make deploy`."""

from __future__ import annotations

from pathlib import Path

from local.outbox import SENDER, Outbox
from local.people import log_in_people
from local.rehearsal.deployment import set_slack_url
from local.slack.requests import Person
from local.slack.stand_in import SlackStandIn
from tests.e2e.package.deploying.deployed import Deployed
from tests.e2e.package.deploying.test_slack import SIGNING, TEAM
from tests.e2e.requests_story import Stage, tell

ENGAGEMENT, ROLE, MEMBER = "acme-asked", "readonly", "ines"


def test_the_client_approves_what_was_asked_for_in_slack(
    deployed: Deployed, tmp_path: Path
) -> None:
    operator = deployed.operator
    process = operator.make("slack-secrets", typed=f"{TEAM}\n{SIGNING}\n\n")
    assert process.returncode == 0, process.stderr
    operator.deploy(SLACK="1", CLIENT_MAIL_FROM=SENDER)
    outbox = Outbox(deployed.aws, operator.account)
    outbox.verify_sender()
    token = deployed.add_member(MEMBER)
    deployed.open_engagement(ENGAGEMENT, "AskedRole", MEMBER)
    log_in_people(tmp_path, deployed.url(), {MEMBER: token})
    with SlackStandIn(SIGNING, deployed.url()) as slack:
        set_slack_url(deployed.aws, operator.account, slack.url)
        tell(
            Stage(
                engagement=ENGAGEMENT,
                role=ROLE,
                lena=deployed.api(deployed.lena),
                alice=deployed.api(token),
                alice_in_slack=Person(user="U0INES", name=MEMBER, team=TEAM),
                slack=slack,
                folder=tmp_path,
                mails=outbox.read,
                dynamodb=deployed.aws.as_root(operator.account, "dynamodb"),
            )
        )
