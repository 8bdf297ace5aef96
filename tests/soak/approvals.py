"""A lead gone bad against one engagement whose client approves all access, and the checks.

No session is handed over whose request the client's honest approver did not approve, and none while
the client's own press of Pause holds. No honest vend is refused without cause. No address gets more
than 20 e-mails an hour, and another client's request is mailed in time although the lead floods.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib.domain.requests.mailboxes import MAX_MAILS
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.trail import SCHEDULE, Entry, Outcome
from chalicelib.usecases.onboarding.links import create_link
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.requests.client.rights import create_approver_link
from tests.builders import a_client_approver
from tests.soak.approval_actors import (
    API_URL,
    JO,
    MailFile,
    client_context,
    list_ghosts,
    log_unapproved,
    run_notify,
)
from tests.soak.bad_lead import ACCOMPLICES
from tests.soak.context import now
from tests.soak.ledger import Ledger, LogRecord, StopCondition, run_to_end
from tests.soak.restrictions import ROLES
from tests.soak.worlds import SoakWorld, soak_world

ENGAGEMENT, OTHER_ENGAGEMENT = "acme-approved", "beta-approved"
BAD_LEAD, HONEST_LEAD = "mallory", "helen"
HONEST = {"member0": "readonly", "member1": "deploy"}
"""The honest members, and the role that each uses. A request for the third role, `audit`, needs a
lead, too, and the bad lead is one."""
OTHER_MEMBER, OTHER_ADDRESS = "carol", "ben@beta.example"
FLOOD = ("bury", "name", "ask_as_ghost", "change_the_policy")
"""The steps of the bad lead that cause e-mails. A second process takes no others."""
MAIL_PATIENCE = 15
"""Seconds in which the e-mail of another client's request arrives. On a busy machine, it arrives
with the second run of Notify that begins after the request."""


@dataclass(slots=True)
class ApprovalsResult:
    """The result of a part."""

    ledger: Ledger = field(default_factory=Ledger)
    violations: list[str] = field(default_factory=list)
    steps: Counter[str] = field(default_factory=Counter)
    """How often Daypass carried out each step of the bad lead."""
    refused_steps: Counter[str] = field(default_factory=Counter)
    mails: int = 0


def attack_approvals(
    *, seconds: float, stop: StopCondition = run_to_end, defect: str = ""
) -> ApprovalsResult:
    """Run the actors for this long, or until `stop`, and check what they logged."""
    with soak_world(defect=defect) as world:
        _set_up(world)
        running = list(_start(world, seconds))
        deadline = now() + seconds
        while stop is not run_to_end and now() < deadline:
            time.sleep(0.5)
            result = _check(world)
            if stop(result.ledger, result.violations):
                return result
        for pid in running:
            world.fork_server.wait(pid)
        return _check(world)


def _set_up(world: SoakWorld) -> None:
    """Store two engagements whose clients approve all access, each with an approver who counts."""
    arns = {role: world.create_client_role(f"{ENGAGEMENT}-{role}") for role in ROLES}
    world.add_leads(BAD_LEAD, *ACCOMPLICES, HONEST_LEAD)
    moment = world.ports.now()
    rule = {
        "requires_client_approval": True,
        "client_approval_since": moment - timedelta(days=1),
        "created_at": moment - timedelta(days=9),
    }
    world.open_engagement(ENGAGEMENT, arns, tuple(HONEST), **rule)
    world.open_engagement(OTHER_ENGAGEMENT, arns, (OTHER_MEMBER,), client="Beta", **rule)
    naming = {"named_by": HONEST_LEAD, "named_at": moment - timedelta(days=5), "api_url": API_URL}
    jo = a_client_approver(JO, engagement=ENGAGEMENT, **naming)
    ben = a_client_approver("ben", engagement=OTHER_ENGAGEMENT, email=OTHER_ADDRESS, **naming)
    world.store(
        jo,
        ben,
        ApprovalPolicy(engagement=ENGAGEMENT, client=True),
        ApprovalPolicy(
            engagement=ENGAGEMENT,
            role="audit",
            client=True,
            leads=True,
            people=1,
            leads_set_at=naming["named_at"],
        ),
        ApprovalPolicy(engagement=OTHER_ENGAGEMENT, client=True),
    )
    honest_lead = world.context(ENGAGEMENT).caller(HONEST_LEAD)
    setup_link = create_link(world.ports, honest_lead, ENGAGEMENT)
    (world.folder / "setup.link").write_text(setup_link.text)
    url = create_approver_link(world.ports, SystemActor(SCHEDULE), jo)
    (world.folder / f"{JO}.link").write_text(url.rpartition("/")[2])
    (world.folder / "mails").touch()
    with world.log.open("a") as log:
        fields = world.context_fields(ENGAGEMENT, seconds=0)
        actor = client_context(world.ports, log.fileno(), fields)
        run_notify(actor)  # the first run skips what happened before
        for member, role in HONEST.items():
            log_unapproved(actor, f"{member}/{role}", {"member": member, "role": role})


def _start(world: SoakWorld, seconds: float) -> Iterator[int]:
    start = partial(
        world.fork_server.start, context=world.context_fields(ENGAGEMENT, seconds=seconds)
    )
    yield start("notify")
    yield start("attack", lead=BAD_LEAD)
    yield start("attack", lead=BAD_LEAD, only=FLOOD)
    yield start("attack", lead=BAD_LEAD, only=("ask_to_lift",))
    yield start("ghosts")
    yield start("decide", members=list(HONEST))
    yield start("ask", pairs=list(HONEST.items()))
    for member, role in HONEST.items():
        yield start("vend", member=member, role=role, delay="short")
    suspend, pause = ("member suspended", BAD_LEAD), ("paused by the client", "")
    impose = partial(start, "lead", lead=HONEST_LEAD, held_for=1)
    yield impose(restrictions=[suspend], max_pause=seconds / 2)
    yield impose(restrictions=[pause], max_pause=min(seconds / 3, 7))
    other = world.context_fields(OTHER_ENGAGEMENT, seconds=seconds)
    pairs = [(OTHER_MEMBER, role) for role in ROLES]
    yield world.fork_server.start("ask", context=other, pairs=pairs, pause=5)


def _check(world: SoakWorld) -> ApprovalsResult:
    ended_at = now()
    members = [*HONEST, *list_ghosts(world.folder), BAD_LEAD]
    ledger, violations = world.read_ledger(members)
    lines = world.log.read_text().rpartition("\n")[0].splitlines()
    records: list[LogRecord] = [json.loads(line) for line in lines]
    mails = MailFile(world.folder).read()
    violations += _not_approved(records, world.entries(members))
    violations += _too_many_mails(mails)
    violations += _mailed_late(records, mails, ended_at)
    violations += [f"notify failed: {r['error']}" for r in records if r["event"] == "notify failed"]
    steps = Counter(r["step"] for r in records if r["event"] == "step")
    refused_steps = Counter(r["step"] for r in records if r["event"] == "step refused")
    return ApprovalsResult(ledger, violations, steps, refused_steps, len(mails))


def _not_approved(records: Iterable[LogRecord], entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the sessions on the trail whose request the honest approver did not approve."""
    entries = list(entries)
    intents = {entry.vend: entry for entry in entries if entry.outcome is Outcome.INTENDED}
    approved = {record["request"] for record in records if record["event"] == "approving"}
    for entry in entries:
        is_issued = entry.outcome is Outcome.ISSUED and entry.engagement == ENGAGEMENT
        if is_issued and intents[entry.vend].detail("request") not in approved:
            yield f"not approved by the client: vend {entry.vend}"


def _too_many_mails(mails: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the addresses with too many e-mails. A part is shorter than an hour."""
    for address, count in Counter(mail["to"].lower() for mail in mails).items():
        if count > MAX_MAILS:
            yield f"too many e-mails: {count} to {address}"


def _mailed_late(
    records: Sequence[LogRecord], mails: Iterable[dict[str, Any]], ended_at: float
) -> Iterator[str]:
    """Yield the other client's requests whose e-mail took too long."""
    own = [mail for mail in mails if mail["to"] == OTHER_ADDRESS]
    runs = [record for record in records if record["event"] == "notified"]
    own_requests = [
        r for r in records if r["event"] == "asked" and r["engagement"] == OTHER_ENGAGEMENT
    ]
    for count, record in enumerate(
        own_requests, start=1
    ):  # the e-mails come in the requests' order
        later_runs = [run["at"] for run in runs if run["began"] >= record["at"]]
        if len(later_runs) < 2:
            break
        until = max(record["at"] + MAIL_PATIENCE, later_runs[1])
        mailed = sum(_count_events(mail) for mail in own if mail["at"] <= until)
        if until < ended_at and mailed < count:
            yield f"mailed late: request {record['request']}"


def _count_events(mail: dict[str, Any]) -> int:
    """Return how many events the e-mail is about: one, or as many as its subject says."""
    number, _, _ = mail["subject"].partition(" events ")
    return int(number) if number.isdigit() else 1
