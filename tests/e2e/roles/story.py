"""Everything the functions do, each with its role: the responses and IAM's policy decisions."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.members import Kind, Leads
from chalicelib.domain.policies.look_up import LOOK_UP_POLICY
from chalicelib.domain.prober.checks import Tokens
from chalicelib.domain.requests.client_decisions import ClientDecision, Decision, DecisionForm
from chalicelib.domain.requests.requests import Approval, RequestStatus
from chalicelib.domain.slack.messages import button
from chalicelib.domain.slack.requests import DENY, build_approve_button
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Item
from chalicelib.entrypoints.engagements.overview_job import overview
from chalicelib.entrypoints.evidence.digest_job import digest
from chalicelib.entrypoints.notifications.schedule import notify
from chalicelib.entrypoints.people.operator import first_lead, recover_lead
from chalicelib.entrypoints.slack.work import slack_work
from chalicelib.entrypoints.vending.cut_off_job import cut_off
from chalicelib.entrypoints.vending.schedule import watch
from chalicelib.entrypoints.verification.schedule import sweep
from chalicelib.usecases.ports import KickedFunction
from local import sample_accounts
from local.endpoint import PolicyDecision
from local.functions import environment_with
from local.outbox import SENDER
from local.slack import workspace
from tests.adapters.scene import entry
from tests.builders import (
    AFTER,
    APPROVER_TEXT,
    ROLE_ARN,
    a_binding,
    a_block,
    a_client_approver,
    a_given_approval,
    a_grant,
    a_grant_on_request,
    a_member,
    a_request,
    a_request_id,
    a_role,
    a_scene,
    a_token,
    a_verification,
    an_access_link,
    an_approval_policy,
    an_approved_grant,
    an_approver_link,
    an_engagement,
    bound,
    code_text_of,
)
from tests.e2e.roles.deployed import CUT_OFF_ID, GLOBEX_ID, DeployedApi
from tests.e2e.roles.web_story import use_console
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.matrix import cells
from tests.entrypoints.valid import ENROL, FORM_HEADERS, VEND
from tests.fakes import NOON, World
from tests.fakes.slack import buttons_of, person, text_of

SERVED = list({cell.route: cell for cell in cells() if cell.status < 400}.values())
"""Every route, with a caller that it serves."""
VERIFY = "POST /v1/engagements/{engagement}/roles/{role}/verify"
CHECK = "POST /setup/{link}/check"
REVOKE = "POST /v1/engagements/{engagement}/revoke"
ACCESS = "POST /access/{link}"
PAUSE = "POST /setup/{link}/pause"
REPORT = "GET /setup/{link}/report"
RULE = "POST /approve/{link}/rule"
VENDS = 230
MISSING_ROLE = "arn:aws:iam::876543210987:role/NoSuchRole"
MISSING_ACME_ROLE = "arn:aws:iam::987654321098:role/NoSuchRole"
HOOKS = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Context:
    """The context of a Lambda invocation."""

    aws_request_id: str = "invocation-1"

    def get_remaining_time_in_millis(self) -> int:
        return 300_000


@dataclass(frozen=True, slots=True)
class Story:
    """The responses, and all of IAM's policy decisions."""

    routes: dict[str, Response]
    special_cases: dict[str, Response]
    jobs: dict[str, dict[str, Any]]
    console: dict[str, Response]
    decisions: set[PolicyDecision]


def run_story(deployment: DeployedApi) -> Story:
    routes = {cell.route: deployment.call(cell.route, cell.caller) for cell in SERVED}
    (template_url,) = deployment.template_urls
    urllib.request.urlopen(template_url, timeout=10).close()
    special_cases = call_in_special_cases(deployment)
    hand_over_a_decision(deployment)
    jobs = run_jobs(deployment)
    store_prober_tokens(deployment)
    jobs |= use_slack(deployment)
    console = use_console(deployment)
    return Story(routes, special_cases, jobs, console, deployment.aws.policy_decisions())


def call_in_special_cases(deployment: DeployedApi) -> dict[str, Response]:
    """Call some of the routes in rarer situations, which need other permissions."""
    responses = {
        f"the trail, by {query}": deployment.call("GET /v1/trail", "lead", query=query)
        for query in (None, {"member": "alice"}, {"engagement": "acme-prod"})
    }
    unknown_code = {"code": code_text_of("bob"), "label": "laptop"}  # bob has no code
    responses["an unknown code"] = deployment.call(ENROL, "nobody", body=unknown_code)
    path = "/v1/engagements/nowhere/sessions"
    responses["an unknown engagement"] = deployment.call(VEND, "member", path=path)
    deployment.reset(world_with_a_missing_role(), [(a_vend("globex", role_arn=MISSING_ROLE), None)])
    path = "/v1/engagements/globex/roles/readonly/verify"
    responses["a missing role"] = deployment.call_without_reset(VERIFY, "lead", path=path)
    deployment.reset(a_scene().world, [(a_vend("acme-prod"), None)])
    responses["a vend to withhold"] = deployment.call_without_reset(REVOKE, "lead")
    deployment.reset(a_scene().world, [(a_vend("acme-prod"), None)])
    responses["a vend to withhold for a pause"] = deployment.call_without_reset(PAUSE, "nobody")
    world = a_scene().world
    proof = a_verification(role_arn=MISSING_ACME_ROLE)
    world.add(a_role(arn=MISSING_ACME_ROLE, verification=proof))
    deployment.reset(world, [(a_vend("acme-prod", role_arn=MISSING_ACME_ROLE), None)])
    responses["a client's check of a missing role"] = deployment.call_without_reset(CHECK, "nobody")
    deployment.reset(a_scene().world, vends_of_too_many_sessions())
    responses["a client's report of many sessions"] = deployment.call_without_reset(
        REPORT, "nobody"
    )
    deployment.reset(world_with_access_to_start())
    responses["a first use by an access link"] = deployment.call_without_reset(ACCESS, "nobody")
    decide_about_approvers(deployment)
    deployment.reset(world_with_a_brake())
    responses["a check of a brake"] = deployment.call_without_reset(VERIFY, "lead")
    deployment.reset(world_with_a_brake())
    responses["a client's check of a brake"] = deployment.call_without_reset(CHECK, "nobody")
    return responses


def decide_about_approvers(deployment: DeployedApi) -> None:
    """Confirm an approver as the client, and remove one with access that they approved."""
    world = a_scene().world
    world.add(
        an_engagement(requires_client_approval=True),
        a_client_approver(),
        an_approver_link(),
        a_client_approver("pat", named_at=NOON),
        a_given_approval("acme-prod/pat"),
        a_grant_on_request(),
        an_approved_grant(ends_at=AFTER),
        a_request(),
    )
    deployment.reset(world)
    for rule in ("confirm", "remove"):
        form = {"raw": f"rule={rule}&approver=pat", "headers": FORM_HEADERS}
        assert deployment.call_without_reset(RULE, "nobody", **form).status == 303


def run_jobs(deployment: DeployedApi) -> dict[str, dict[str, Any]]:
    """Run the scheduled functions, and those that the operator invokes."""
    results = {}
    scene = world_with_a_missing_role()
    scene.add(an_engagement(closed_at=NOON), *an_unfinished_revocation())
    # Luis has approved a request. The operator suspends him.
    scene.add(a_member("luis", kind=Kind.LEAD), a_given_approval("luis"), an_approved_grant())
    scene.add(Leads(members=frozenset({"lena", "luis"})))
    deployment.reset(scene, vends_of_too_many_sessions())
    results["Overview"] = deployment.invoke("Overview", overview, {}, Context())
    results["Digest"], results["Digest again"] = (seal_trail(deployment) for _ in range(2))
    results["Watch"] = deployment.invoke("Watch", watch, {}, Context())
    deployment.put_vend(a_vend("globex", role_arn=MISSING_ROLE))
    deployment.put_vend(a_vend("globex", "bob", token=a_token("bob").id))
    results["Sweep"] = deployment.invoke("Sweep", sweep, {}, Context())
    deployment.put_vend(a_vend("globex", "lena", token=a_token("lena").id))
    lost = {"id": "lena", "lost": True}
    results["RecoverLead"] = deployment.invoke("RecoverLead", recover_lead, lost, Context())
    results["RecoverLead again"] = deployment.invoke(
        "RecoverLead", recover_lead, {"id": "lena", "others": "suspend"}, Context()
    )
    results["Look-up"] = look_up_events(deployment)
    results["CutOff"] = work_on_cut_offs(deployment)
    results["Notify"] = send_notifications(deployment)
    deployment.reset(World())
    lena = {"id": "lena", "name": "Lena Lindqvist"}
    results["FirstLead"] = deployment.invoke("FirstLead", first_lead, lena, Context())
    return results


def look_up_events(deployment: DeployedApi) -> dict[str, Any]:
    """Run Sweep for a client that lets Daypass look up what its role's sessions did, among them an
    earlier session."""
    name = ROLE_ARN.rpartition("/")[2]
    iam = deployment.aws.as_root(sample_accounts.ACME.account, "iam")
    iam.put_role_policy(RoleName=name, PolicyName="look-up", PolicyDocument=LOOK_UP_POLICY)
    vend = a_vend("acme-prod", session_name=f"alice.{'5e55104e' * 2}")
    deployment.reset(a_scene().world, [(replace(vend, at=NOON - timedelta(hours=3)), None)])
    result: dict[str, Any] = deployment.invoke("Sweep", sweep, {}, Context())
    iam.delete_role_policy(RoleName=name, PolicyName="look-up")
    return result


def world_with_access_to_start() -> World:
    """Return a world in which alice's approved access begins with the use of her access link."""
    world = a_scene().world
    # AWS STS has the real time, so the access must last until some days after noon.
    duration = int(timedelta(days=14).total_seconds())
    approved = an_approved_grant(duration=duration, ends_at=NOON + timedelta(days=1))
    world.add(
        a_binding(),
        an_access_link(),
        a_grant_on_request(),
        a_request(status=RequestStatus.APPROVED, number="1", stops=approved.stops),
        approved,
    )
    return world


def world_with_a_brake() -> World:
    """Return a world in which Daypass may write the brake of acme-prod's role."""
    world = a_scene().world
    world.add(an_engagement(cut_off=CutOffMethod.BRAKE, cut_off_external_id=CUT_OFF_ID))
    return world


def work_on_cut_offs(deployment: DeployedApi) -> dict[str, Any]:
    """Run CutOff: it requests the missing cut-off of an interrupted revocation, and writes it. Each
    function that revokes invokes it."""
    world = world_with_a_brake()
    world.add(
        *an_unfinished_revocation(),
        a_block(in_force_at=NOON - timedelta(hours=1), is_recorded=False),
        a_block("globex", is_recorded=False),
    )
    vend = a_vend("acme-prod", "bob", token=a_token("bob").id)
    deployment.reset(world, [(vend, None)])
    result: dict[str, Any] = deployment.invoke("CutOff", cut_off, {}, Context())
    kicked = {"DAYPASS_CUT_OFF": "daypass-CutOff-abc", "DAYPASS_NOTIFY": "daypass-Notify-abc"}
    for function in ("APIHandler", "ClientCheck", "ClientDecision", "Slack", "SlackWork", "Web"):
        credentials = deployment.in_lambda.credentials(function)
        with environment_with(kicked | credentials):
            ports = bootstrap.ports.__wrapped__()
            # The functions do not exist here, which does no harm.
            ports.kick(KickedFunction.NOTIFY)
            if function != "ClientDecision":
                ports.kick(KickedFunction.CUT_OFF)
    return result


def an_unfinished_revocation() -> list[Item]:
    """Return a stop of bob's token, with which he linked a Slack user, and nothing after it."""
    token = a_token("bob")
    revoked = entry("1" * 16, at=NOON - timedelta(hours=1), action=Action.TOKEN_REVOKE)
    stop = Stop(kind="Token", names=token.key, entry=replace(revoked, subject="bob"))
    return [token, replace(a_binding("bob"), made_with=token.id), stop]


def send_notifications(deployment: DeployedApi) -> dict[str, Any]:
    """Run Notify with mail, also to a client, and with a webhook that nothing answers."""
    world = a_scene().world
    world.add(a_client_approver("jo"))
    world.add(an_engagement("soon", external_id="daypass-soon", ends_at=NOON + timedelta(days=1)))
    at = NOON - timedelta(minutes=1)
    fields = {"subject": "luis", "details": {"kind": "lead"}}
    done = entry("0" * 16, at=at, action=Action.MEMBER_REVOKE, **fields)
    link = entry(
        "2" * 16,
        at=at,
        actor="lena",
        action=Action.APPROVER_LINK_CREATE,
        engagement="acme-prod",
        details={"approver": "jo"},
    )
    # One alert is grave, and the other is not: each has a topic of its own.
    reopened = entry("3" * 16, at=at, actor="lena", action=Action.ENGAGEMENT_REOPEN)
    deployment.reset(world, [(done, None), (link, None), (reopened, None)])
    deployment.in_lambda.outbox.verify_sender()
    deployment.store_slack_secrets(webhook=f"{HOOKS}/services/T/B/x")
    settings = {
        "DAYPASS_SLACK_WEBHOOK": workspace.WEBHOOK,
        "DAYPASS_SLACK_HOOKS": HOOKS,
        "DAYPASS_NOTICE_TOPIC": f"arn:aws:sns:us-east-1:{sample_accounts.FIRM}:daypass-notices",
        "DAYPASS_ALARM_TOPIC": f"arn:aws:sns:us-east-1:{sample_accounts.FIRM}:daypass-alarms",
        "DAYPASS_WARNING_TOPIC": f"arn:aws:sns:us-east-1:{sample_accounts.FIRM}:daypass-warnings",
        "DAYPASS_CLIENT_MAIL_FROM": SENDER,
    }

    def run(event: Any, context: Any) -> Any:
        credentials = deployment.in_lambda.credentials("Notify")
        ports = bootstrap.notify_ports.__wrapped__
        environment = environment_with(settings | credentials)
        with environment, patch.object(bootstrap, "notify_ports", ports):
            return notify(event, context)

    summary: dict[str, Any] = deployment.invoke("Notify", run, {}, Context())
    return summary


def seal_trail(deployment: DeployedApi) -> dict[str, Any]:
    """Seal an hour. A second run has no head, and reads the objects of the first."""
    key = {"pk": {"S": "DIGESTHEAD"}, "sk": {"S": "DIGESTHEAD"}}
    state = deployment.foundation.state_table
    deployment.administrator.delete_item(TableName=state, Key=key)

    settings = deployment.in_lambda.digest_settings | deployment.in_lambda.credentials("Digest")

    def run(event: Any, context: Any) -> Any:
        with (
            environment_with(settings),
            patch.object(bootstrap, "digest_ports", bootstrap.digest_ports.__wrapped__),
        ):
            return digest(event, context)

    summary: dict[str, Any] = deployment.invoke("Digest", run, {}, Context())
    return summary


def store_prober_tokens(deployment: DeployedApi) -> None:
    """Store and read the prober's tokens. It calls AWS for nothing else."""
    settings = {
        "DAYPASS_API_URL": "http://127.0.0.1:1",
        "DAYPASS_PROBER_PARAMETER": "/daypass/prober",
    }
    with environment_with(settings | deployment.in_lambda.credentials("Prober")):
        secrets = bootstrap.prober_ports.__wrapped__().secrets
    tokens = Tokens(live="live", revoked="revoked")
    secrets.write(tokens)
    assert secrets.read() == tokens


def use_slack(deployment: DeployedApi) -> dict[str, Any]:
    """Type every command, press its buttons, and run the tasks that they enqueue."""
    approve_after_the_client(deployment)
    scene = world_with_a_missing_role()
    scene.add(*bound("alice"), *bound("lena"), a_member("luis", kind=Kind.LEAD))
    scene.add(Leads(members=frozenset({"lena", "luis"})))
    scene.add(a_grant("alice", on_request=frozenset({"readonly"})), an_approval_policy())
    deployment.reset(scene)
    slack = deployment.slack()
    alice, lena = person("alice"), person("lena")
    for text in ("list", "live", "who acme-prod", "who globex", "link"):
        assert slack.types(text, alice).status == 200
    request_access(deployment, slack)
    assert slack.types("access nowhere", alice).status == 200
    link = buttons_of(slack.types("access acme-prod", alice).json)
    deployment.put_vend(a_vend("acme-prod", link=deployment.access_link()))
    slack.presses(link["revoke-link"], alice)
    slack.types("done acme-prod", alice)
    deployment.put_vend(a_vend("acme-prod"))
    for text in (
        "revoke engagement acme-prod because the work is done",
        "revoke member alice because the work is done",
        "revoke member luis because the work is done",
        "freeze because a laptop is lost",
    ):
        confirm_and_run(deployment, slack, text)
    return {"Slack": {"text": slack.types("who acme-prod", lena).text}}


def approve_after_the_client(deployment: DeployedApi) -> None:
    """Approve requests that the client's approver has approved, by a button and by a command. The
    approval depends on the approver's right."""
    world = a_scene().world
    by_client = Approval(by="jo", at=NOON, is_client=True)
    requests = [
        a_request(id=a_request_id(number=number), approvals=(by_client,), stops=("", "", "", ""))
        for number in range(2)
    ]
    world.add(*bound("lena"), a_client_approver("jo"), a_grant_on_request(), *requests)
    world.add(an_approval_policy(client=True))
    deployment.reset(world)
    slack = deployment.slack()
    first, second = (request.id for request in requests)
    slack.presses(build_approve_button(first, "It opens."), person("lena"))
    confirm_and_run(deployment, slack, f"approve {second}")


def request_access(deployment: DeployedApi, slack: Api) -> None:
    """Request access, and decide it by buttons and by commands."""
    alice, lena = person("alice"), person("lena")
    asks = "request acme-prod readonly for 1h because of an incident"
    for decide in (
        lambda request: slack.presses(build_approve_button(request, "It opens."), lena),
        lambda request: slack.presses(button("Deny", DENY, value=request), lena, words="not today"),
        lambda request: slack.types(f"deny {request} because not today", lena),
        lambda request: slack.types(f"withdraw {request}", alice),
        lambda request: confirm_and_run(deployment, slack, f"approve {request}"),
    ):
        shown = text_of(slack.types(asks, alice).json)
        decide(shown.partition("ID: `")[2].partition("`")[0])
    slack.types("requests", lena)


def confirm_and_run(deployment: DeployedApi, slack: Api, text: str) -> None:
    """Type a command, confirm it as the same member, and run the tasks that it enqueued."""
    lena = person("lena")
    slack.presses(buttons_of(slack.types(text, lena).json)["do"], lena)
    invoke_slack_work(deployment)
    events = [{"task": task, "response_url": url} for task, url in deployment.enqueued]
    deployment.enqueued.clear()
    results = [deployment.invoke("SlackWork", slack_work, event, Context()) for event in events]
    assert all(result == {"done": True} for result in results), results


def hand_over_a_decision(deployment: DeployedApi) -> None:
    """Invoke the function that decides as the role of the approver's page. It does not exist here,
    so the call fails after IAM's decision."""
    settings = {"DAYPASS_CLIENT_DECISION": "daypass-ClientDecision-abc"}
    with environment_with(settings | deployment.in_lambda.credentials("ClientApproval")):
        ports = bootstrap.ports.__wrapped__()
        form = DecisionForm(decision=Decision.APPROVE, request=a_request_id())
        decision = ClientDecision(link=APPROVER_TEXT, address="192.0.2.1", form=form)
        with pytest.raises(Unavailable):
            ports.decide_for_client(decision)


def invoke_slack_work(deployment: DeployedApi) -> None:
    """Invoke the function as Slack's role. It does not exist here, so the call fails after IAM's
    decision."""
    settings = {"DAYPASS_SLACK_WORK": "daypass-SlackWork-abc"}
    with environment_with(settings | deployment.in_lambda.credentials("Slack")):
        slack = bootstrap.slack_ports.__wrapped__()
    with pytest.raises(Unavailable):
        slack.queue.enqueue("0" * 64, "")


def world_with_a_missing_role() -> World:
    """Return a world in which a verified role no longer exists, and alice has a grant for it."""
    world = a_scene().world
    proof = a_verification(role_arn=MISSING_ROLE, external_id=GLOBEX_ID)
    world.add(a_role(engagement="globex", arn=MISSING_ROLE, verification=proof))
    world.add(a_grant("alice", engagement="globex"))
    return world


def a_vend(engagement: str, actor: str = "alice", *, token: str = "", **details: str) -> Entry:
    """Return the intent of a vend under way; a vend through a link gets its own ID."""
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
    """Return more intents and outcomes than a page holds.

    The last vend has no outcome, so that a page boundary separates an intent from its outcome.
    """
    vends: list[tuple[Entry, Entry | None]] = []
    for number in range(VENDS):
        vend = f"{number:016x}"
        at = NOON - timedelta(minutes=10) + timedelta(seconds=number)
        details = {"role_arn": ROLE_ARN, "session_name": "alice", "duration": "3600"}
        fields = {
            "actor": "alice",
            "action": Action.VEND,
            "engagement": "acme-prod",
            "role": "readonly",
            "vend": vend,
        }
        intent = entry(vend, at=at, outcome=Outcome.INTENDED, details=details, **fields)
        issued = entry(vend + "x", at=at, outcome=Outcome.ISSUED, **fields)
        vends.append((intent, issued if number < VENDS - 1 else None))
    return vends
