"""All that the functions do, each as its role: the answers, and what IAM was asked on the way."""

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
from tests.entrypoints.driver import Answer, Api
from tests.entrypoints.matrix import cells
from tests.entrypoints.valid import ENROL, VEND
from tests.fakes import NOON, World
from tests.fakes.slack import buttons_of, person

SERVED = list({cell.route: cell for cell in cells() if cell.status < 400}.values())
"""Every route, with one whom it serves."""
VERIFY = "POST /v1/engagements/{engagement}/roles/{role}/verify"
CHECK = "POST /setup/{link}/check"
REVOKE = "POST /v1/engagements/{engagement}/revoke"
VENDS = 230
GONE = "arn:aws:iam::876543210987:role/NoSuchRole"
GONE_AT_ACME = "arn:aws:iam::987654321098:role/NoSuchRole"
HOOKS = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda hands over with an event."""

    aws_request_id: str = "invocation-1"

    def get_remaining_time_in_millis(self) -> int:
        return 300_000


@dataclass(frozen=True, slots=True)
class Story:
    """What was answered, and what IAM was asked on the way."""

    routes: dict[str, Answer]
    rarer: dict[str, Answer]
    jobs: dict[str, dict[str, Any]]
    decisions: set[PolicyDecision]


def tell(place: Deployed) -> Story:
    routes = {cell.route: place.ask(cell.route, cell.caller) for cell in SERVED}
    (template,) = place.templates
    urllib.request.urlopen(template, timeout=10).close()
    rarer = rarer_requests(place)
    jobs = jobs_of(place)
    keep_the_probers_tokens(place)
    jobs |= what_is_done_in_slack(place)
    return Story(routes, rarer, jobs, place.aws.policy_decisions())


def rarer_requests(place: Deployed) -> dict[str, Answer]:
    """What the same routes do besides, where things are otherwise."""
    by_name = {
        f"the trail, by {query}": place.ask("GET /v1/trail", "lead", query=query)
        for query in (None, {"member": "alice"}, {"engagement": "acme-prod"})
    }
    of_bob = {"code": code_text_of("bob"), "label": "laptop"}  # who has none
    by_name["a code that is none"] = place.ask(ENROL, "nobody", body=of_bob)
    nowhere = "/v1/engagements/nowhere/sessions"
    by_name["an engagement that is none"] = place.ask(VEND, "member", path=nowhere)
    place.begin_with(with_a_role_that_is_gone(), [(a_vend("globex", role_arn=GONE), None)])
    path = "/v1/engagements/globex/roles/readonly/verify"
    by_name["a role that is gone"] = place.ask_as_it_is(VERIFY, "lead", path=path)
    place.begin_with(a_scene().world, [(a_vend("acme-prod"), None)])
    by_name["a vend that is withheld"] = place.ask_as_it_is(REVOKE, "lead")
    there = a_scene().world
    proof = a_verification(role_arn=GONE_AT_ACME)
    there.add(a_role(arn=GONE_AT_ACME, verification=proof))
    place.begin_with(there, [(a_vend("acme-prod", role_arn=GONE_AT_ACME), None)])
    by_name["a client's check of such a role"] = place.ask_as_it_is(CHECK, "nobody")
    return by_name


def jobs_of(place: Deployed) -> dict[str, dict[str, Any]]:
    """What is scheduled, and what the operator invokes."""
    fields = {}
    scene = with_a_role_that_is_gone()
    scene.add(an_engagement(closed_at=NOON), *a_revocation_that_was_broken_off())
    place.begin_with(scene, vends_of_too_many_sessions())
    fields["Watch"] = place.invoke("Watch", watch, {}, Context())
    place.put_vend(a_vend("globex", role_arn=GONE))
    fields["Sweep"] = place.invoke("Sweep", sweep, {}, Context())
    place.put_vend(a_vend("globex", "lena", token=a_token("lena").id))
    lost = {"id": "lena", "lost": True}
    fields["RecoverLead"] = place.invoke("RecoverLead", recover_lead, lost, Context())
    fields["RecoverLead again"] = place.invoke(
        "RecoverLead", recover_lead, {"id": "lena"}, Context()
    )
    fields["Notify"] = tell_people(place)
    place.begin_with(World())
    lena = {"id": "lena", "name": "Lena Lindqvist"}
    fields["FirstLead"] = place.invoke("FirstLead", first_lead, lena, Context())
    return fields


def a_revocation_that_was_broken_off() -> list[Item]:
    """Somebody revoked bob's token, with which he had bound a Slack user, and got no answer."""
    token = a_token("bob")
    revoked = entry("1" * 16, at=NOON - timedelta(hours=1), action=Action.TOKEN_REVOKE)
    stop = Stop(kind="Token", names=token.key, entry=replace(revoked, subject="bob"))
    return [token, replace(a_binding("bob"), made_with=token.id), stop]


def tell_people(place: Deployed) -> dict[str, Any]:
    """By mail, and by a webhook where nobody answers."""
    there = a_scene().world
    there.add(an_engagement("soon", external_id="daypass-soon", ends_at=NOON + timedelta(days=1)))
    at = NOON - timedelta(minutes=1)
    facts = {"subject": "luis", "details": {"kind": "lead"}}
    done = entry("0" * 16, at=at, action=Action.MEMBER_REVOKE, **facts)
    place.begin_with(there, [(done, None)])
    place.keep_slacks_secrets(webhook=f"{HOOKS}/services/T/B/x")
    fields = {
        "DAYPASS_SLACK_WEBHOOK": workspace.WEBHOOK,
        "DAYPASS_SLACK_HOOKS": HOOKS,
        "DAYPASS_NOTICE_TOPIC": f"arn:aws:sns:us-east-1:{sample_accounts.FIRM}:daypass-notices",
        "DAYPASS_ALARM_TOPIC": f"arn:aws:sns:us-east-1:{sample_accounts.FIRM}:daypass-alarms",
    }

    def run(event: Any, context: Any) -> Any:
        credentials = place.in_lambda.credentials("Notify")
        made = bootstrap.notify_ports.__wrapped__
        with environment_with(fields | credentials), patch.object(bootstrap, "notify_ports", made):
            return notify(event, context)

    ran: dict[str, Any] = place.invoke("Notify", run, {}, Context())
    return ran


def keep_the_probers_tokens(place: Deployed) -> None:
    """All that the prober itself asks of AWS: what else it does, it does as anybody."""
    fields = {
        "DAYPASS_API_URL": "http://127.0.0.1:1",
        "DAYPASS_PROBER_PARAMETER": "/daypass/prober",
    }
    with environment_with(fields | place.in_lambda.credentials("Prober")):
        secrets = bootstrap.prober_ports.__wrapped__().secrets
    secrets.keep(Tokens(live="live", revoked="dead"))
    assert secrets.read() == Tokens(live="live", revoked="dead")


def what_is_done_in_slack(place: Deployed) -> dict[str, Any]:
    """Every command, and all that is pressed and done after it."""
    scene = with_a_role_that_is_gone()
    scene.add(*bound("alice"), *bound("lena"), a_member("luis", kind=Kind.LEAD))
    scene.add(Leads(members=frozenset({"lena", "luis"})))
    place.begin_with(scene)
    slack = place.in_slack()
    alice, lena = person("alice"), person("lena")
    for text in ("list", "live", "who acme-prod", "status acme-prod", "who globex", "link"):
        assert slack.types(text, alice).status == 200
    assert slack.types("access nowhere", alice).status == 200
    link = buttons_of(slack.types("access acme-prod", alice).json)
    place.put_vend(a_vend("acme-prod", link=place.access_link()))
    slack.presses(link["revoke-link"], alice)
    slack.types("verify acme-prod", lena)
    slack.types("verify globex", lena)
    place.put_vend(a_vend("acme-prod"))
    for text in (
        "grant bob acme-prod readonly until tomorrow",
        "revoke grant bob acme-prod because it is over",
        "revoke role acme-prod readonly because it is over",
        "revoke engagement acme-prod because it is over",
        "revoke member alice because it is over",
        "revoke member luis because it is over",
    ):
        answer_and_work(place, slack, text)
    return {"Slack": {"says": slack.types("who acme-prod", lena).text}}


def answer_and_work(place: Deployed, slack: Api, text: str) -> None:
    """A lead's command, its question answered with yes, and what was begun by that."""
    lena = person("lena")
    slack.presses(buttons_of(slack.types(text, lena).json)["do"], lena)
    begin_for_real(place)
    done = [{"task": task, "response_url": url} for task, url in place.begun]
    place.begun.clear()
    invokes = [place.invoke("SlackWork", slack_work, event, Context()) for event in done]
    assert all(item == {"done": True} for item in invokes), invokes


def begin_for_real(place: Deployed) -> None:
    """As its role: there is no such function here, which is another refusal."""
    fields = {"DAYPASS_SLACK_WORK": "daypass-SlackWork-abc"}
    with environment_with(fields | place.in_lambda.credentials("Slack")):
        slack = bootstrap.slack_ports.__wrapped__()
    with pytest.raises(Unavailable):
        slack.queue.enqueue("0" * 64, "")


def with_a_role_that_is_gone() -> World:
    """It was proven before, and alice is on its engagement too."""
    there = a_scene().world
    proof = a_verification(role_arn=GONE, external_id=GLOBEX_ID)
    there.add(a_role(engagement="globex", arn=GONE, verification=proof))
    there.add(a_grant("alice", engagement="globex"))
    return there


def a_vend(engagement: str, actor: str = "alice", *, token: str = "", **details: str) -> Entry:
    """The intent of a vend that is under way. By a link it is another than without."""
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


def vends_of_too_many_sessions() -> list[tuple[Entry, Entry | None]]:
    """Intents with what came of them, more than a page of them has: of the last one nothing is
    known, so that the page would part another from its intent."""
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
