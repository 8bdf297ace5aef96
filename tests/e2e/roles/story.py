"""Everything that the functions do, each with its role: responses, and IAM's decisions."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.members import Kind, Leads
from chalicelib.domain.prober.checks import Tokens
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Item
from chalicelib.entrypoints.notifications.schedule import notify
from chalicelib.entrypoints.people.operator import first_lead, recover_lead
from chalicelib.entrypoints.slack.work import slack_work
from chalicelib.entrypoints.vending.schedule import watch
from chalicelib.entrypoints.verification.schedule import sweep
from local import sample_accounts
from local.endpoint import PolicyDecision
from local.functions import environment_with
from local.slack import workspace
from tests.adapters.scene import entry
from tests.builders import (
    ROLE_ARN,
    a_binding,
    a_grant,
    a_member,
    a_role,
    a_scene,
    a_token,
    a_verification,
    an_engagement,
    bound,
    code_text_of,
)
from tests.e2e.roles.deployed import GLOBEX_ID, Deployed
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.matrix import cells
from tests.entrypoints.valid import ENROL, VEND
from tests.fakes import NOON, World
from tests.fakes.slack import buttons_of, person

SERVED = list({cell.route: cell for cell in cells() if cell.status < 400}.values())
"""Every route, with a caller that it accepts."""
VERIFY = "POST /v1/engagements/{engagement}/roles/{role}/verify"
CHECK = "POST /setup/{link}/check"
REVOKE = "POST /v1/engagements/{engagement}/revoke"
VENDS = 230
MISSING = "arn:aws:iam::876543210987:role/NoSuchRole"
MISSING_AT_ACME = "arn:aws:iam::987654321098:role/NoSuchRole"
HOOKS = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Context:
    """The context object that Lambda passes with an event."""

    aws_request_id: str = "invocation-1"

    def get_remaining_time_in_millis(self) -> int:
        return 300_000


@dataclass(frozen=True, slots=True)
class Story:
    """The responses, and IAM's decisions."""

    routes: dict[str, Response]
    special_cases: dict[str, Response]
    jobs: dict[str, dict[str, Any]]
    decisions: set[PolicyDecision]


def run_story(deployed: Deployed) -> Story:
    routes = {cell.route: deployed.ask(cell.route, cell.caller) for cell in SERVED}
    (template,) = deployed.templates
    urllib.request.urlopen(template, timeout=10).close()
    special_cases = special_requests(deployed)
    jobs = run_jobs(deployed)
    store_the_probers_tokens(deployed)
    jobs |= use_slack(deployed)
    return Story(routes, special_cases, jobs, deployed.aws.policy_decisions())


def special_requests(deployed: Deployed) -> dict[str, Response]:
    """Return the responses of the same routes in special cases."""
    by_name = {
        f"the trail, by {query}": deployed.ask("GET /v1/trail", "lead", query=query)
        for query in (None, {"member": "alice"}, {"engagement": "acme-prod"})
    }
    bobs_code = {"code": code_text_of("bob"), "label": "laptop"}  # bob has no code
    by_name["an unknown code"] = deployed.ask(ENROL, "nobody", body=bobs_code)
    nowhere = "/v1/engagements/nowhere/sessions"
    by_name["an unknown engagement"] = deployed.ask(VEND, "member", path=nowhere)
    deployed.fill_tables(with_a_missing_role(), [(a_vend("globex", role_arn=MISSING), None)])
    path = "/v1/engagements/globex/roles/readonly/verify"
    by_name["a missing role"] = deployed.ask_again(VERIFY, "lead", path=path)
    deployed.fill_tables(a_scene().world, [(a_vend("acme-prod"), None)])
    by_name["a withheld vend"] = deployed.ask_again(REVOKE, "lead")
    scenario = a_scene().world
    proof = a_verification(role_arn=MISSING_AT_ACME)
    scenario.add(a_role(arn=MISSING_AT_ACME, verification=proof))
    deployed.fill_tables(scenario, [(a_vend("acme-prod", role_arn=MISSING_AT_ACME), None)])
    by_name["a client's check of a missing role"] = deployed.ask_again(CHECK, "nobody")
    return by_name


def run_jobs(deployed: Deployed) -> dict[str, dict[str, Any]]:
    """Run the scheduled jobs, and those that the operator invokes."""
    fields = {}
    scene = with_a_missing_role()
    scene.add(an_engagement(closed_at=NOON), *an_incomplete_revocation())
    deployed.fill_tables(scene, vends_of_many_sessions())
    fields["Watch"] = deployed.invoke("Watch", watch, {}, Context())
    deployed.put_vend(a_vend("globex", role_arn=MISSING))
    fields["Sweep"] = deployed.invoke("Sweep", sweep, {}, Context())
    deployed.put_vend(a_vend("globex", "lena", token=a_token("lena").id))
    lost = {"id": "lena", "lost": True}
    fields["RecoverLead"] = deployed.invoke("RecoverLead", recover_lead, lost, Context())
    fields["RecoverLead again"] = deployed.invoke(
        "RecoverLead", recover_lead, {"id": "lena"}, Context()
    )
    fields["Notify"] = notify_people(deployed)
    deployed.fill_tables(World())
    lena = {"id": "lena", "name": "Lena Lindqvist"}
    fields["FirstLead"] = deployed.invoke("FirstLead", first_lead, lena, Context())
    return fields


def an_incomplete_revocation() -> list[Item]:
    """Return the items after a revocation of bob's token that failed before his binding's."""
    token = a_token("bob")
    revoked = entry("1" * 16, at=NOON - timedelta(hours=1), action=Action.TOKEN_REVOKE)
    stop = Stop(kind="Token", names=token.key, entry=replace(revoked, subject="bob"))
    return [token, replace(a_binding("bob"), made_with=token.id), stop]


def notify_people(deployed: Deployed) -> dict[str, Any]:
    """Send notifications by mail, and to a webhook that does not answer."""
    scenario = a_scene().world
    scenario.add(
        an_engagement("soon", external_id="daypass-soon", ends_at=NOON + timedelta(days=1))
    )
    at = NOON - timedelta(minutes=1)
    facts = {"subject": "luis", "details": {"kind": "lead"}}
    done = entry("0" * 16, at=at, action=Action.MEMBER_REVOKE, **facts)
    deployed.fill_tables(scenario, [(done, None)])
    deployed.store_slacks_secrets(webhook=f"{HOOKS}/services/T/B/x")
    fields = {
        "DAYPASS_SLACK_WEBHOOK": workspace.WEBHOOK,
        "DAYPASS_SLACK_HOOKS": HOOKS,
        "DAYPASS_NOTICE_TOPIC": f"arn:aws:sns:us-east-1:{sample_accounts.FIRM}:daypass-notices",
        "DAYPASS_ALARM_TOPIC": f"arn:aws:sns:us-east-1:{sample_accounts.FIRM}:daypass-alarms",
    }

    def run(event: Any, context: Any) -> Any:
        credentials = deployed.in_lambda.credentials("Notify")
        made = bootstrap.notify_ports.__wrapped__
        with environment_with(fields | credentials), patch.object(bootstrap, "notify_ports", made):
            return notify(event, context)

    ran: dict[str, Any] = deployed.invoke("Notify", run, {}, Context())
    return ran


def store_the_probers_tokens(deployed: Deployed) -> None:
    """Use AWS as the prober does. All its other requests need no AWS role."""
    fields = {
        "DAYPASS_API_URL": "http://127.0.0.1:1",
        "DAYPASS_PROBER_PARAMETER": "/daypass/prober",
    }
    with environment_with(fields | deployed.in_lambda.credentials("Prober")):
        secrets = bootstrap.prober_ports.__wrapped__().secrets
    secrets.keep(Tokens(live="live", revoked="dead"))
    assert secrets.read() == Tokens(live="live", revoked="dead")


def use_slack(deployed: Deployed) -> dict[str, Any]:
    """Run every command, click its buttons, and do the work that they begin."""
    scene = with_a_missing_role()
    scene.add(*bound("alice"), *bound("lena"), a_member("luis", kind=Kind.LEAD))
    scene.add(Leads(members=frozenset({"lena", "luis"})))
    deployed.fill_tables(scene)
    slack = deployed.in_slack()
    alice, lena = person("alice"), person("lena")
    for text in ("list", "live", "who acme-prod", "status acme-prod", "who globex", "link"):
        assert slack.types(text, alice).status == 200
    assert slack.types("access nowhere", alice).status == 200
    link = buttons_of(slack.types("access acme-prod", alice).json)
    deployed.put_vend(a_vend("acme-prod", link=deployed.access_link()))
    slack.presses(link["revoke-link"], alice)
    slack.types("verify acme-prod", lena)
    slack.types("verify globex", lena)
    deployed.put_vend(a_vend("acme-prod"))
    for text in (
        "grant bob acme-prod readonly until tomorrow",
        "revoke grant bob acme-prod because it is over",
        "revoke role acme-prod readonly because it is over",
        "revoke engagement acme-prod because it is over",
        "revoke member alice because it is over",
        "revoke member luis because it is over",
    ):
        confirm_and_work(deployed, slack, text)
    return {"Slack": {"says": slack.types("who acme-prod", lena).text}}


def confirm_and_work(deployed: Deployed, slack: Api, text: str) -> None:
    """Type a lead's command, confirm it, and do the work that it begins."""
    lena = person("lena")
    slack.presses(buttons_of(slack.types(text, lena).json)["do"], lena)
    begin_with_the_real_adapter(deployed)
    done = [{"task": task, "response_url": url} for task, url in deployed.begun]
    deployed.begun.clear()
    invokes = [deployed.invoke("SlackWork", slack_work, event, Context()) for event in done]
    assert all(item == {"done": True} for item in invokes), invokes


def begin_with_the_real_adapter(deployed: Deployed) -> None:
    """Begin a task with the function's role. The function does not exist here, so AWS refuses."""
    fields = {"DAYPASS_SLACK_WORK": "daypass-SlackWork-abc"}
    with environment_with(fields | deployed.in_lambda.credentials("Slack")):
        slack = bootstrap.slack_ports.__wrapped__()
    with pytest.raises(Unavailable):
        slack.queue.enqueue("0" * 64, "")


def with_a_missing_role() -> World:
    """Return a world with a role that was verified before, and with alice's grant for it."""
    scenario = a_scene().world
    proof = a_verification(role_arn=MISSING, external_id=GLOBEX_ID)
    scenario.add(a_role(engagement="globex", arn=MISSING, verification=proof))
    scenario.add(a_grant("alice", engagement="globex"))
    return scenario


def a_vend(engagement: str, actor: str = "alice", *, token: str = "", **details: str) -> Entry:
    """Return the intent of a vend in progress, with another ID for a vend by link."""
    vend = "-".join(("vend", engagement, actor, *details.get("link", "")))
    fields = {
        "role_arn": ROLE_ARN,
        "session_name": actor,
        "duration": "3600",
        "deadline": (NOON + timedelta(hours=2)).isoformat(),
    }
    return entry(
        vend,
        at=NOON - timedelta(seconds=5),
        actor=actor,
        token=token,
        action=Action.VEND,
        outcome=Outcome.INTENDED,
        engagement=engagement,
        role="readonly",
        vend=vend,
        details=fields | details,
    )


def vends_of_many_sessions() -> list[tuple[Entry, Entry | None]]:
    """Return vends with their outcomes, more than fit on a page. The last one has no outcome, so a
    page would separate another outcome from its intent."""
    items: list[tuple[Entry, Entry | None]] = []
    for number in range(VENDS):
        vend = f"{number:016x}"
        at = NOON - timedelta(minutes=10) + timedelta(seconds=number)
        details = {"role_arn": ROLE_ARN, "session_name": "alice", "duration": "3600"}
        facts = {"actor": "alice", "engagement": "acme-prod", "role": "readonly", "vend": vend}
        intent = entry(vend, at=at, outcome=Outcome.INTENDED, details=details, **facts)
        issued = entry(vend + "x", at=at, outcome=Outcome.ISSUED, **facts)
        items.append((intent, issued if number < VENDS - 1 else None))
    return items
