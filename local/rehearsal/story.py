"""The rehearsal's steps: doctor, deploy, first lead, a client and a session, Slack, destroy."""

from __future__ import annotations

import re
import secrets
import urllib.error
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from local.rehearsal import deployment
from local.rehearsal.commands import StepFailed, TypedAnswer, make
from local.rehearsal.operator import Terminal
from local.rehearsal.screen import Screen
from local.sample_accounts import FIRM_CONTACT, FIRM_NAME, OTHER_ACCOUNTS
from local.sample_data import ENGAGEMENTS, Api, create_as_lead, enrol, verify_roles
from local.slack import workspace
from local.slack.rendering import PLAIN, Rendering
from local.slack.stand_in import SlackStandIn

ACME = ENGAGEMENTS[0]
_CODE = re.compile(r"daypass_enrol_lena_\w+")
_SLACK_CODE = re.compile(r"\b[a-z2-7]{4}(-[a-z2-7]{4}){3}\b")
_PATIENCE = 60
"""Seconds to wait for a response: on a busy machine a function takes long to start."""


@dataclass(slots=True)
class Rehearsal:
    """A deployment to an empty account of the local AWS."""

    screen: Screen
    terminal: Terminal
    slack_port: int
    tokens: dict[str, str] = field(default_factory=dict)
    """API tokens by member ID."""
    api_url: str = ""

    def play(self) -> None:
        """Run the steps up to a working Daypass. Raise StepFailed if one fails."""
        steps = (self._doctor, self._deploy, self._first_lead, self._vend, self._slack)
        for step in steps:
            try:
                step()
            except urllib.error.HTTPError as refusal:
                text = refusal.read().decode(errors="replace")
                raise StepFailed(f"The API answered {refusal.code}: {text}") from None
            except (OSError, BotoCoreError, ClientError) as failure:
                raise StepFailed(
                    f"The local AWS or the API did not answer: {failure}. Try again."
                ) from failure
            except (KeyError, ValueError) as failure:
                raise StepFailed(
                    f"A response of the API or the local AWS was not as expected: {failure!r}"
                ) from failure

    def destroy(self) -> None:
        """Delete the app's stack, unless the operator has deleted it already."""
        with self.screen.step("Delete the app"):
            if deployment.stack(self.terminal.aws, self.terminal.account) is None:
                self.screen.line("The stack daypass is already deleted.")
                return
            self._make("destroy")

    def _doctor(self) -> None:
        with self.screen.step("Check the account: make doctor"):
            make(self.screen, self.terminal, "doctor")

    def _deploy(self) -> None:
        """Deploy the foundation and the app, and find out the API's address."""
        with self.screen.step("Deploy the foundation and the app"):
            self._make(
                "deploy",
                FIRM_NAME=FIRM_NAME,
                FIRM_CONTACT=FIRM_CONTACT,
                OTHER_ACCOUNTS=",".join(OTHER_ACCOUNTS),
            )
            described = deployment.stack(self.terminal.aws, self.terminal.account)
            if described is None:
                raise StepFailed(
                    "`make deploy` succeeded, but the stack daypass does not exist. See the output"
                    " above."
                )
            self.api_url = deployment.api_url(self.terminal.aws, described)
            self.screen.line(f"The API's address on the local AWS is {self.api_url}")

    def _first_lead(self) -> None:
        """Create the first lead, Lena, and get her API token."""
        with self.screen.step("Create the first lead, and exchange her enrolment code for a token"):
            output = self._make("first-lead", yes=False, NAME="Lena Lindqvist")
            code = _CODE.search(output)
            if code is None:
                raise StepFailed("`make first-lead` printed no enrolment code.")
            self.tokens["lena"] = enrol(self.api_url, code[0])
            member = Api(self.api_url, self.tokens["lena"])("GET", "/v1/me")["member"]
            self.screen.line(
                f"POST /v1/enrol returned a token for {member['name']} ({member['kind']})"
            )

    def _vend(self) -> None:
        """Create the sample client, and get a session of its role as Alice."""
        with self.screen.step("Create and check a client's roles, and get a session"):
            lena = Api(self.api_url, self.tokens["lena"])
            self.screen.line(
                f"Lena opens {ACME.id}, and the client's administrator creates the roles"
            )
            self.tokens |= create_as_lead(lena, self.terminal.aws, [ACME])
            verify_roles(lena, [ACME])
            roles = lena("GET", f"/v1/engagements/{ACME.id}/roles")["roles"]
            for role in roles:
                passed = "passed" if role["verification"]["passed"] else "failed"
                self.screen.line(f"The role {role['name']} ({role['arn']}) {passed} its check")
            session = Api(self.api_url, self.tokens["alice"])(
                "POST", f"/v1/engagements/{ACME.id}/sessions", role="readonly"
            )
            link = lena("POST", f"/v1/engagements/{ACME.id}/links")["url"]
            self.screen.line(f"The client's page: {link}")
            keys = session["credentials"]
            sts = self.terminal.aws.client(
                "sts",
                access_key_id=keys["AccessKeyId"],
                secret_access_key=keys["SecretAccessKey"],
                session_token=keys["SessionToken"],
            )
            self.screen.line(f"Alice is {sts.get_caller_identity()['Arn']}")
            self.screen.line(f"Her session expires at {session['expires_at']}")

    def _slack(self) -> None:
        """Set up Slack, bind Alice's Slack user, and send a command as Alice."""
        with self.screen.step("Set up Slack, and send commands from a stand-in for Slack"):
            signing_secret = secrets.token_hex(16)
            answers = (
                TypedAnswer(workspace.TEAM, shown=workspace.TEAM),
                TypedAnswer(signing_secret, shown="(not shown)"),
                TypedAnswer("", shown="(no webhook: a rehearsal sends nothing to Slack)"),
            )
            make(self.screen, self.terminal, "slack-secrets", answers=answers)
            self._make("deploy", SLACK="1")
            with SlackStandIn(signing_secret, self.api_url, port=self.slack_port) as slack:
                deployment.set_slack_url(self.terminal.aws, self.terminal.account, slack.url)
                code = _SLACK_CODE.search(self._send(slack, "link"))
                if code is None:
                    raise StepFailed("`/daypass link` showed no code.")
                alice = Api(self.api_url, self.tokens["alice"])
                bound = alice("POST", "/v1/me/slack", code=code[0])
                self.screen.line(f"POST /v1/me/slack, with Alice's token: {bound['label']}")
                self._send(slack, "list")

    def _send(self, slack: SlackStandIn, text: str) -> str:
        """Send a command as Alice, and return the message that Slack shows her."""
        self.screen.line(f"alice ▸ /daypass {text}")
        alice = workspace.PEOPLE["alice"]
        answer = slack.deliver(slack.command(text, alice), patience=_PATIENCE)
        if answer.message is None:
            raise StepFailed(
                f"Daypass answered `/daypass {text}` without a message: status {answer.status}."
                " (0: no answer in time. Try again.)"
            )
        message = Rendering({alice.user: "alice"}, PLAIN).render(answer.message)
        for line in message.splitlines():
            self.screen.line(f"  {line.removeprefix('│').strip()}")
        return message

    def _make(self, target: str, *, yes: bool = True, **settings: str) -> str:
        """Run `make TARGET` with these settings, and return its output.

        `yes` adds YES=1. `make deploy` deploys the package that the first step made.
        """
        typed = settings | ({"YES": "1"} if yes else {})
        hidden = {"PACKAGED": str(self.terminal.packaged)} if target == "deploy" else {}
        return make(self.screen, self.terminal, target, settings=typed, hidden=hidden)
