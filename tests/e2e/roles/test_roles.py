"""A function's role may do what its routes and jobs need: all of it, and nothing else."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib import bootstrap
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.prober.trials import Tokens
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.entrypoints.people.operator import first_lead, recover_lead
from chalicelib.entrypoints.slack.schedule import notify
from chalicelib.entrypoints.slack.work import slack_work
from chalicelib.entrypoints.vending.schedule import watch
from chalicelib.entrypoints.verification.schedule import sweep
from local import functions, world
from local.endpoint import Endpoint, Judgement
from local.functions import environment_with
from tests.adapters.scene import entry
from tests.builders import (
    ROLE_ARN,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
    bound,
    code_text_of,
)
from tests.e2e.roles.deployed import GLOBEX_ID, Deployed
from tests.entrypoints.driver import Answer
from tests.entrypoints.matrix import ENROL, Cell, cells
from tests.fakes import NOON, World
from tests.fakes.slack import SIGNING, TEAM, buttons_of, person

ROLES = sorted(set(functions.roles().values()))
SERVED = list({cell.route: cell for cell in cells() if cell.status < 400}.values())
"""Every route, with one whom it serves."""
VERIFY = "POST /v1/engagements/{engagement}/roles/{role}/verify"
VENDS = 230
GONE = "arn:aws:iam::876543210987:role/NoSuchRole"


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda hands over with an event."""

    aws_request_id: str = "invocation-1"

    def get_remaining_time_in_millis(self) -> int:
        return 300_000


@dataclass(frozen=True, slots=True)
class Story:
    """What was answered, what IAM was asked on the way, and what each role is permitted."""

    routes: dict[str, Answer]
    rarer: dict[str, Answer]
    jobs: dict[str, dict[str, Any]]
    judgements: set[Judgement]
    permitted: dict[str, set[tuple[str, str]]]

    def asked(self, role: str, *decisions: str) -> set[tuple[str, str]]:
        """What the role's sessions have wanted to do, and to what; by the answer, if one is given.

        Of a bucket its own policy is asked as well: what one of the two allows is allowed.
        """
        return {
            (one.action, one.resource)
            for one in self.judgements
            if one.role.endswith(f"/{role}") and one.decision in (decisions or (one.decision,))
        }


@pytest.fixture(scope="module")
def story(place: Deployed) -> Story:
    routes = {cell.route: place.ask(cell.route, cell.caller) for cell in SERVED}
    (template,) = place.templates
    urllib.request.urlopen(template, timeout=10).close()
    rarer = rarer_requests(place)
    jobs = jobs_of(place)
    keep_the_probers_tokens(place)
    jobs |= what_is_done_in_slack(place)
    return Story(routes, rarer, jobs, place.aws.judgements(), permitted(place.aws))


def rarer_requests(place: Deployed) -> dict[str, Answer]:
    """What the same routes do besides, where things are otherwise."""
    told = {
        f"the trail, by {query}": place.ask("GET /v1/trail", "lead", query=query)
        for query in (None, {"member": "alice"}, {"engagement": "acme-prod"})
    }
    of_bob = {"code": code_text_of("bob"), "label": "laptop"}  # who has none
    told["a code that is none"] = place.ask(ENROL, "nobody", body=of_bob)
    place.begin_with(with_a_role_that_is_gone())
    path = "/v1/engagements/globex/roles/readonly/verify"
    told["a role that is gone"] = place.ask_as_it_is(VERIFY, "lead", path=path)
    return told


def jobs_of(place: Deployed) -> dict[str, dict[str, Any]]:
    """What is scheduled, and what the operator invokes."""
    told = {}
    scene = with_a_role_that_is_gone()
    scene.add(an_engagement(closed_at=NOON))
    place.begin_with(scene, vends_of_too_many_sessions())
    told["Sweep"] = place.invoke("Sweep", sweep, {}, Context())
    told["Watch"] = place.invoke("Watch", watch, {}, Context())
    told["Notify"] = tell_people(place)
    lost = {"id": "lena", "lost": True}
    told["RecoverLead"] = place.invoke("RecoverLead", recover_lead, lost, Context())
    place.begin_with(World())
    lena = {"id": "lena", "name": "Lena Lindqvist"}
    told["FirstLead"] = place.invoke("FirstLead", first_lead, lena, Context())
    return told


def tell_people(place: Deployed) -> dict[str, Any]:
    """By mail, and by a webhook where nobody answers."""
    there = a_scene().world
    there.add(an_engagement("soon", external_id="daypass-soon", ends_at=NOON + timedelta(days=1)))
    at = NOON - timedelta(minutes=1)
    facts = {"subject": "luis", "details": {"kind": "lead"}}
    done = entry("0" * 16, at=at, action=Action.MEMBER_REVOKE, **facts)
    place.begin_with(there, [(done, None)])
    hooks = "http://127.0.0.1:1"
    secrets = {"team": TEAM, "signing_secret": SIGNING, "webhook": f"{hooks}/services/T/B/x"}
    place.aws.as_root(world.FIRM, "ssm").put_parameter(
        Name="/daypass/slack", Value=json.dumps(secrets), Type="SecureString", Overwrite=True
    )
    told = {
        "DAYPASS_SLACK_PARAMETER": "/daypass/slack",
        "DAYPASS_SLACK_HOOKS": hooks,
        "DAYPASS_NOTICE_TOPIC": f"arn:aws:sns:us-east-1:{world.FIRM}:daypass-notices",
        "DAYPASS_ALARM_TOPIC": f"arn:aws:sns:us-east-1:{world.FIRM}:daypass-alarms",
    }

    def run(event: Any, context: Any) -> Any:
        credentials = place.in_lambda.credentials("Notify")
        made = bootstrap.notify_ports.__wrapped__
        with environment_with(told | credentials), patch.object(bootstrap, "notify_ports", made):
            return notify(event, context)

    ran: dict[str, Any] = place.invoke("Notify", run, {}, Context())
    return ran


def keep_the_probers_tokens(place: Deployed) -> None:
    """All that the prober itself asks of AWS: what else it does, it does as anybody."""
    told = {"DAYPASS_API_URL": "http://127.0.0.1:1", "DAYPASS_PROBER_PARAMETER": "/daypass/prober"}
    with environment_with(told | place.in_lambda.credentials("Prober")):
        safe = bootstrap.prober_ports.__wrapped__().safe
    safe.keep(Tokens(live="live", dead="dead"))
    assert safe.read() == Tokens(live="live", dead="dead")


def what_is_done_in_slack(place: Deployed) -> dict[str, Any]:
    """Every command, and all that is pressed and done after it."""
    scene = a_scene().world
    scene.add(*bound("alice"), *bound("lena"))
    place.begin_with(scene)
    slack = place.in_slack()
    alice, lena = person("alice"), person("lena")
    for text in ("list", "live", "who acme-prod", "status acme-prod", "who globex"):
        assert slack.types(text, alice).status == 200
    link = buttons_of(slack.types("access acme-prod", alice).json)
    slack.presses(link["revoke-link"], alice)
    slack.types("verify acme-prod", lena)
    for text in (
        "grant bob acme-prod readonly until tomorrow",
        "revoke grant bob acme-prod because it is over",
        "revoke role acme-prod readonly because it is over",
        "revoke engagement acme-prod because it is over",
        "revoke member alice because it is over",
    ):
        slack.presses(buttons_of(slack.types(text, lena).json)["do"], lena)
        begin_for_real(place)
        done = [{"task": task, "response_url": url} for task, url in place.begun]
        place.begun.clear()
        told = [place.invoke("SlackWork", slack_work, event, Context()) for event in done]
        assert all(one == {"done": True} for one in told), told
    return {"Slack": {"says": slack.types("who acme-prod", lena).text}}


def begin_for_real(place: Deployed) -> None:
    """As its role: there is no such function here, which is another refusal."""
    told = {"DAYPASS_SLACK_WORK": "daypass-SlackWork-abc"}
    with environment_with(told | place.in_lambda.credentials("Slack")):
        slack = bootstrap.slack_ports.__wrapped__()
    with pytest.raises(Unavailable):
        slack.work.begin("0" * 64, "")


def with_a_role_that_is_gone() -> World:
    """It was proven before."""
    there = a_scene().world
    proof = a_verification(role_arn=GONE, external_id=GLOBEX_ID)
    there.add(a_role(engagement="globex", arn=GONE, verification=proof))
    return there


def vends_of_too_many_sessions() -> list[tuple[Entry, Entry | None]]:
    """Intents with what came of them, more than a page of them has: of the last one nothing is
    known, so that the page would part another from its intent."""
    found: list[tuple[Entry, Entry | None]] = []
    for number in range(VENDS):
        vend = f"{number:016x}"
        at = NOON - timedelta(minutes=10) + timedelta(seconds=number)
        details = {"role_arn": ROLE_ARN, "session_name": "alice", "duration": "3600"}
        facts = {"actor": "alice", "engagement": "acme-prod", "role": "readonly", "vend": vend}
        intent = entry(vend, at=at, outcome=Outcome.INTENDED, details=details, **facts)
        issued = entry(vend + "x", at=at, outcome=Outcome.ISSUED, **facts)
        found.append((intent, issued if number < VENDS - 1 else None))
    return found


def permitted(aws: Endpoint) -> dict[str, set[tuple[str, str]]]:
    """Each role's actions, and the resources that it may do each of them with."""
    iam = aws.as_root(world.FIRM, "iam")
    found: dict[str, set[tuple[str, str]]] = {}
    for role in ROLES:
        (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        found[role] = {
            (action, resource)
            for one in policy["Statement"]
            if one["Effect"] == "Allow"
            for action in listed(one["Action"])
            for resource in listed(one["Resource"])
        }
    return found


def listed(one_or_more: str | list[str]) -> list[str]:
    return [one_or_more] if isinstance(one_or_more, str) else one_or_more


@pytest.mark.parametrize("cell", SERVED, ids=str)
def test_a_route_has_all_that_it_needs_in_its_function(story: Story, cell: Cell) -> None:
    answer = story.routes[cell.route]
    assert answer.status == cell.status, answer.text


def test_so_it_has_where_things_are_otherwise(story: Story) -> None:
    told = {name: answer.status for name, answer in story.rarer.items()}
    refused = told.pop("a code that is none")
    assert (refused, set(told.values())) == (403, {200})
    assert '"grade":"F"' in story.rarer["a role that is gone"].text


def test_what_no_route_leads_to_has_all_that_it_needs(story: Story) -> None:
    assert story.jobs["Sweep"]["ended"] == "all-done"
    assert (story.jobs["Sweep"]["drifted"], story.jobs["Sweep"]["still_let_in"]) == (1, 1)
    assert story.jobs["Notify"] == {
        "told": 3,
        "failed": 1,
        "given_up": 0,
        "late": 0,
        "ended": "not-taken",
    }
    assert story.jobs["Watch"] == {"alive": VENDS, "too_many": 1, "told": 1}
    for name in ("FirstLead", "RecoverLead"):
        assert story.jobs[name].keys() >= {"member", "code"}


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_asked_for_that_the_role_may_not_do(story: Story, role: str) -> None:
    asked, allowed = story.asked(role), story.asked(role, "Allow")
    assert asked == allowed


@pytest.mark.parametrize("role", ROLES)
def test_the_role_may_do_nothing_that_is_never_asked_for(story: Story, role: str) -> None:
    """But for the logs: Lambda itself writes them, which it does not do here."""
    asked = story.asked(role)
    assert not {
        (action, resource)
        for action, resource in story.permitted[role]
        if not action.startswith("logs:")
        and not any(action == done and fnmatchcase(to, resource) for done, to in asked)
    }


def test_a_role_that_enters_clients_is_no_other_functions() -> None:
    entering = {name for name, role in functions.roles().items() if role == "daypass-broker"}
    assert entering == {"Enter", "ClientCheck", "Sweep", "SlackWork"}
