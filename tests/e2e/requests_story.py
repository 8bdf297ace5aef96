"""Access that is asked for in Slack, approved by the client, used by the command, and revoked.

The same story runs on `make run` and on a deployed Daypass.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

from local.outbox import Mail
from local.sample_data import Api
from local.slack.requests import Person, escaped
from local.slack.stand_in import SlackStandIn
from local.slack.workspace import TEAM
from tests.cli.typed import Output
from tests.e2e.aging import age_approver
from tests.fakes.slack import text_of

JO = {"id": "jo", "name": "Jo Doe", "email": "jo@acme.example"}
PATIENCE = 60
"""Seconds for the answer of a deployed function, whose containers start slowly here."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A Daypass with an engagement, its people, and what each of them uses."""

    engagement: str
    role: str
    lena: Api
    alice: Api
    alice_in_slack: Person
    slack: SlackStandIn
    folder: Path
    """Has the command and Alice's login, as `log_in_people` leaves them."""
    mails: Callable[[], list[Mail]]
    """Returns the e-mails that Amazon SES has accepted so far."""
    dynamodb: Any
    """A client of the firm's DynamoDB, which makes rights old enough to count."""

    @property
    def path(self) -> str:
        return f"/v1/engagements/{self.engagement}"

    def types(self, text: str) -> str:
        """Type a Slack command as Alice, and return the text of the answer."""
        command = self.slack.command(escaped(text, {}), self.alice_in_slack)
        answer = self.slack.deliver(command, patience=PATIENCE)
        assert answer.status == 200
        assert answer.message is not None
        return text_of(answer.message)

    def page_from_mail(self, subject: str) -> str:
        """Wait for the e-mail to Jo with this in its subject, and return the URL of the page."""
        ends_at = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < ends_at:
            for mail in reversed(self.mails()):
                if mail.to == JO["email"] and subject in mail.subject:
                    (url,) = re.findall(r"^https?://\S+/approve/\S+$", mail.text, re.MULTILINE)
                    return str(url)
            time.sleep(0.5)
        raise TimeoutError(f"no e-mail to {JO['email']} with {subject!r} in its subject")

    def refusal(self) -> str:
        """Return the reason for which Daypass gives Alice no session of the role."""
        try:
            self.alice("POST", f"{self.path}/sessions", role=self.role, reason="a try")
        except HTTPError as refused:
            return str(json.loads(refused.read())["reason"])
        raise AssertionError("Daypass gave her a session")


def tell(stage: Stage) -> None:
    """Tell the story, and check each step."""
    lena, alice, target = stage.lena, stage.alice, f"{stage.engagement}/{stage.role}"
    lena("PATCH", f"{stage.path}/grants/{stage.alice_in_slack.name}", on_request=[stage.role])
    lena("POST", f"{stage.path}/approvers", **JO)
    age_approver(stage.dynamodb, stage.engagement, JO["id"])
    policy = f"{stage.path}/roles/{stage.role}/approval-policy"
    lena("PATCH", policy, client=True, longest=7200)
    assert stage.refusal() == "approval-required"

    code = stage.types("link").partition("Your code is `")[2].partition("`")[0]
    alice("POST", "/v1/me/slack", code=code)
    answer = stage.types(
        f"request {stage.engagement} {stage.role} for 2h because the <import> fails"
    )
    assert "waits for the client" in answer
    mine = alice("GET", "/v1/me/requests")["requests"]
    (request,) = [each for each in mine if each["engagement"] == stage.engagement]
    assert (request["status"], request["reason"]) == ("pending", "the <import> fails")

    url = stage.page_from_mail("Please decide")
    page = read(url)
    assert "the <import> fails" in visible(page)
    assert "<import>" not in page
    assert alice("GET", f"/v1/requests/{request['id']}")["status"] == "pending"
    after = send_form(url, decision="approve", request=request["id"], minutes="60", words="")
    assert "Approved by Jo Doe" in visible(after)

    person = stage.alice_in_slack.name
    vended = run_daypass(stage.folder, person, "exec", target, "--reason", "import", "--", "true")
    assert vended.code == 0, vended.err
    request = alice("GET", f"/v1/requests/{request['id']}")
    assert (request["duration"], request["decided_by"]) == (3600, "@client/jo")
    assert request["started_at"] is not None
    assert "1 session on" in visible(read(url))

    revocation = lena("POST", f"/v1/requests/{request['id']}/revoke", reason="the import works")
    assert len(revocation["sessions"]) == 1
    assert stage.refusal() == "approval-revoked"
    assert "The access was ended early" in visible(read(url))
    assert summarise(lena, stage.engagement, request["id"]) == {
        (person, "request.create", "done"),
        ("@client", "request.approve", "done"),
        (person, "request.start", "done"),
        (person, "vend", "intended"),
        (person, "vend", "issued"),
        ("lena", "request.revoke", "done"),
    }
    check_origins(stage, request["id"], url)


def check_origins(stage: Stage, request: str, url: str) -> None:
    """Check where Alice and Jo acted, and that the trail has no link's text."""
    trail = stage.lena("GET", f"/v1/trail?engagement={stage.engagement}&limit=100")["entries"]
    by_action = {
        each["action"]: each for each in trail if each["details"].get("request") == request
    }
    created, approved = by_action["request.create"], by_action["request.approve"]
    assert (
        created["address"]
        == f"slack:{TEAM}/{stage.alice_in_slack.channel}/{stage.alice_in_slack.user}"
    )
    assert created["details"]["said"] == "the <import> fails"
    assert approved["details"]["approver"] == "jo"
    links = {e["details"]["link"] for e in trail if e["action"] == "approver-link.create"}
    assert approved["token"] in links
    assert url.rpartition("/")[2] not in json.dumps(trail)


def visible(page: str) -> str:
    """Return the text of an HTML page on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def read(url: str, form: bytes | None = None) -> str:
    with urllib.request.urlopen(url, form, timeout=PATIENCE) as response:
        text: str = response.read().decode()
    return text


def send_form(url: str, **fields: str) -> str:
    """Send a form as the button of a page does, and return the page that follows."""
    return read(url, urlencode(fields).encode())


def run_daypass(folder: Path, person: str, *words: str) -> Output:
    """Run the command as this person, from the zipapp that the broker served."""
    process = subprocess.run(
        [folder / "bin" / person, "daypass", *words],
        env={"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "HOME": str(folder / person), "TZ": "UTC"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return Output(process.returncode, process.stdout, process.stderr)


def summarise(lead: Api, engagement: str, request: str) -> set[tuple[str, str, str]]:
    """Return the actor, action and outcome of each trail entry about the request, and about the
    sessions that it opened."""
    entries: list[dict[str, Any]]
    entries = lead("GET", f"/v1/trail?engagement={engagement}&limit=100")["entries"]
    own = [entry for entry in entries if entry["details"].get("request") == request]
    vends = {entry["vend"] for entry in own} - {""}
    return {
        (entry["actor"], entry["action"], entry["outcome"])
        for entry in entries
        if entry in own or entry["vend"] in vends
    }
