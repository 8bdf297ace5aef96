"""The rehearsal's steps: doctor, deploy, first lead, a client and a session, Slack, destroy."""

from __future__ import annotations

import re
import secrets
import urllib.error
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from local.firm import ENGAGEMENTS, Api, enrolled, settled_by
from local.rehearsal import deployment
from local.rehearsal.commands import Answer, StepFailed, make
from local.rehearsal.operator import Terminal
from local.rehearsal.screen import Screen
from local.slack import workspace
from local.slack.rendering import PLAIN, Rendering
from local.slack.stand_in import SlackStandIn
from local.world import FIRM_CONTACT, FIRM_NAME, OTHER_ACCOUNTS

ACME = ENGAGEMENTS[0]
_CODE = re.compile(r"daypass_enrol_lena_\w+")
_SLACK_CODE = re.compile(r"\b[a-z2-7]{4}(-[a-z2-7]{4}){3}\b")
_PATIENCE = 60
"""Seconds for an answer: on a busy machine a function takes long to start."""


@dataclass(slots=True)
class Rehearsal:
    """A deployment to an empty account of the local AWS, and what is known of it so far."""

    screen: Screen
    terminal: Terminal
    slack_port: int
    tokens: dict[str, str] = field(default_factory=dict)
    """The people's API tokens."""
    api_url: str = ""

    def play(self) -> None:
        """Do all that comes before Ctrl-C. StepFailed if anything does not work."""
        steps = (self._doctor, self._deploy, self._first_lead, self._enter_a_client, self._slack)
        for step in steps:
            try:
                step()
            except urllib.error.HTTPError as refusal:
                text = refusal.read().decode(errors="replace")
                raise StepFailed(f"The API answered {refusal.code}: {text}") from None
            except (OSError, BotoCoreError, ClientError) as failure:
                raise StepFailed(f"The local AWS or the API did not answer: {failure}") from failure
            except (KeyError, ValueError) as failure:
                raise StepFailed(f"An answer was not as expected: {failure!r}") from failure

    def destroy(self) -> None:
        """Delete the app's stack, unless the operator has done so by now."""
        with self.screen.step("Ctrl-C: the operator deletes the app"):
            if deployment.stack(self.terminal.aws, self.terminal.account) is None:
                self.screen.line("The stack daypass is gone already.")
                return
            self._make("destroy")

    def _doctor(self) -> None:
        with self.screen.step("Check the account: make doctor"):
            make(self.screen, self.terminal, "doctor")

    def _deploy(self) -> None:
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
                    "`make deploy` says that it is done, but there is no stack daypass."
                )
            self.api_url = deployment.api_url(self.terminal.aws, described)
            self.screen.line(f"On this machine it answers at {self.api_url}")

    def _first_lead(self) -> None:
        with self.screen.step("Make the first lead; she exchanges her code for a token"):
            printed = self._make("first-lead", yes=False, NAME="Lena Lindqvist")
            code = _CODE.search(printed)
            if code is None:
                raise StepFailed("`make first-lead` has printed no enrolment code.")
            self.tokens["lena"] = enrolled(self.api_url, code[0])
            who = Api(self.api_url, self.tokens["lena"])("GET", "/v1/me")["member"]
            self.screen.line(f"POST /v1/enrol: a token for {who['name']}, {who['kind']}")

    def _enter_a_client(self) -> None:
        with self.screen.step("A client's role is created and checked; a member enters it"):
            lena = Api(self.api_url, self.tokens["lena"])
            self.screen.line(
                f"Lena opens {ACME.id}, and the client's administrator creates its roles"
            )
            self.tokens |= settled_by(lena, self.terminal.aws, [ACME])
            roles = lena("GET", f"/v1/engagements/{ACME.id}/roles")["roles"]
            for role in roles:
                passed = "passed" if role["verification"]["passed"] else "did not pass"
                self.screen.line(f"{role['name']}, which is {role['arn']}, {passed} its check")
            session = Api(self.api_url, self.tokens["alice"])(
                "POST", f"/v1/engagements/{ACME.id}/sessions", role="readonly"
            )
            link = lena("POST", f"/v1/engagements/{ACME.id}/links")["url"]
            self.screen.line(f"Acme's own page: {link}")
            keys = session["credentials"]
            sts = self.terminal.aws.client(
                "sts",
                access_key_id=keys["AccessKeyId"],
                secret_access_key=keys["SecretAccessKey"],
                session_token=keys["SessionToken"],
            )
            self.screen.line(f"Alice is {sts.get_caller_identity()['Arn']}")
            self.screen.line(f"until {session['expires_at']}")

    def _slack(self) -> None:
        with self.screen.step("Set Slack up, and type a command there"):
            signing_secret = secrets.token_hex(16)
            asked = (
                Answer(workspace.TEAM, shown=workspace.TEAM),
                Answer(signing_secret, shown="(not shown)"),
                Answer("", shown="(none: nothing is to leave this machine)"),
            )
            make(self.screen, self.terminal, "slack-secrets", answers=asked)
            self._make("deploy", SLACK="1")
            with SlackStandIn(signing_secret, self.api_url, port=self.slack_port) as slack:
                deployment.take_for_slack(self.terminal.aws, self.terminal.account, slack.url)
                told = self._typed(slack, "link")
                code = _SLACK_CODE.search(told)
                if code is None:
                    raise StepFailed("Slack was shown no code to bind a user by.")
                alice = Api(self.api_url, self.tokens["alice"])
                bound = alice("POST", "/v1/me/slack", code=code[0])
                self.screen.line(f"POST /v1/me/slack, with her own token: {bound['label']}")
                self._typed(slack, "list")

    def _typed(self, slack: SlackStandIn, text: str) -> str:
        """Type a command as Alice, and return what Slack shows her."""
        self.screen.line(f"alice ▸ /daypass {text}")
        alice = workspace.PEOPLE["alice"]
        answer = slack.deliver(slack.command(text, alice), patience=_PATIENCE)
        if answer.message is None:
            raise StepFailed(f"Slack got no message for /daypass {text}: status {answer.status}.")
        told = Rendering({alice.user: "alice"}, PLAIN).render(answer.message)
        for line in told.splitlines():
            self.screen.line(f"  {line.removeprefix('│').strip()}")
        return told

    def _make(self, target: str, *, yes: bool = True, **settings: str) -> str:
        """Type `make`, with YES=1 where it asks, and deploy what was packaged before."""
        typed = settings | ({"YES": "1"} if yes else {})
        unseen = {"PACKAGED": str(self.terminal.packaged)} if target == "deploy" else {}
        return make(self.screen, self.terminal, target, settings=typed, unseen=unseen)
