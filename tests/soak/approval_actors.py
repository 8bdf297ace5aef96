"""The actors of the part "approvals" besides the bad lead, and the job that mails clients."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.notifications.notification import Delivery, DeliveryStatus
from chalicelib.domain.people.members import (
    Caller,
)
from chalicelib.domain.requests.client_mails import Mail
from chalicelib.domain.requests.requests import CreateAccessRequest, RequestStatus
from chalicelib.usecases.notifications.notify import NotifyPorts, notify
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.ask import create_request
from chalicelib.usecases.requests.client.mailboxes import ClientMailRun
from chalicelib.usecases.requests.client.page import PagePerson, PageRequest, build_approver_page
from chalicelib.usecases.requests.client.rules import remove_on_page
from chalicelib.usecases.requests.reading import find_request
from tests.builders import decide_at_client
from tests.soak.actors import ContextFields, context_of, observed, vend_once
from tests.soak.context import ActorContext, now
from tests.soak.restrictions import ROLES, WHY

API_URL = "https://daypass.example.com/api"
JO = "jo"
"""The honest approver. A file of this name with `.link` holds the text of their link."""
RUN_SECONDS = 50.0


def client_context(ports: Ports, log_file: int, fields: ContextFields) -> ActorContext:
    """Return a context that mails clients. Notify runs by itself, so nothing starts it."""
    mailing = replace(ports, can_mail_clients=True, kick=lambda _: None)
    return context_of(mailing, log_file, fields)


class MailFile:
    """The Mailer port, which appends each e-mail to a file as a line of JSON."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mails"

    def send(self, mail: Mail) -> Delivery:
        record = {"at": now(), "to": mail.to, "subject": mail.subject, "text": mail.text}
        with self.path.open("a") as file:
            file.write(json.dumps(record) + "\n")
        return Delivery(DeliveryStatus.DELIVERED)

    def read(self) -> list[dict[str, Any]]:
        whole_lines, _, _ = self.path.read_text().rpartition("\n")
        return [json.loads(line) for line in whole_lines.splitlines()]


def run_notify(actor: ActorContext) -> None:
    mailer, began = MailFile(actor.folder), now()
    notify_ports = NotifyPorts(
        ports=actor.ports,
        channels=(),
        client_mail=lambda context: ClientMailRun(context, mailer).run(),
    )
    notify(
        notify_ports,
        time_left=lambda: RUN_SECONDS - (now() - began),
        report_failure=lambda error: actor.log("notify failed", error=repr(error)),
    )


def notify_repeatedly(ports: Ports, log_file: int, context: ContextFields) -> None:
    """Run the job that mails clients once a second."""
    actor = client_context(ports, log_file, context)
    while actor.has_time():
        began = now()
        run_notify(actor)
        actor.log("notified", began=began)
        actor.sleep(1)


def ask_repeatedly(
    ports: Ports,
    log_file: int,
    context: ContextFields,
    *,
    pairs: list[tuple[str, str]],
    pause: float = 1,
) -> None:
    """Request access as each member to their role in turn, until it is open."""
    actor = client_context(ports, log_file, context)
    for member, role in itertools.cycle(pairs):
        if not actor.has_time():
            return
        with suppress(DaypassError):  # the role is open already, or too many requests wait
            request = ask(actor, actor.caller(member), role)
            actor.log("asked", engagement=actor.engagement, request=request)
        actor.sleep(pause)


def ask(actor: ActorContext, caller: Caller, role: str) -> str:
    ends_at = actor.ports.now() + timedelta(hours=1)
    access = CreateAccessRequest(role=role, ends_at=ends_at, reason=WHY)
    return create_request(actor.ports, caller, actor.engagement, access).id


def decide_honestly(
    ports: Ports, log_file: int, context: ContextFields, *, members: list[str]
) -> None:
    """Approve what these members request, and now and then deny it or remove another approver, as
    the client's approver on their page. Log when each member's role begins to be open."""
    actor = client_context(ports, log_file, context)
    link = (actor.folder / f"{JO}.link").read_text()
    restoring: set[str] = set()
    restored: set[str] = set()

    def decide(waiting: PageRequest) -> None:
        request, pair = waiting.view.id, f"{waiting.view.member}/{waiting.view.role}"
        if random.random() < 0.2:  # noqa: S311 - no secret depends on it
            decide_at_client(actor.ports, link, request, "deny", words=WHY)
            return
        actor.log("approving", request=request)
        if pair not in restoring:
            restoring.add(pair)
            actor.log("restoring", id=pair)
        decide_at_client(actor.ports, link, request)
        stored = find_request(actor.ports, request)
        is_open = stored is not None and stored.status is RequestStatus.APPROVED
        if is_open and pair not in restored:
            restored.add(pair)
            actor.log("restored", id=pair)

    def refuse(person: PagePerson) -> None:
        if person.may_remove and random.random() < 0.2:  # noqa: S311
            remove_on_page(actor.ports, link, person.person.id, address="")

    while actor.has_time():
        page = build_approver_page(actor.ports, link)
        honest = [each for each in page.pending if each.view.member in members]
        for act, item in [
            *((decide, each) for each in honest),
            *((refuse, p) for p in page.people),
        ]:
            with suppress(DaypassError):  # the lead changes the same items
                act(item)  # type: ignore[operator]
        actor.sleep(0.3)


def vend_as_ghosts(ports: Ports, log_file: int, context: ContextFields) -> None:
    """Vend as each ghost that the lead has made so far, in any role."""
    hooked, step_times = observed(ports, lambda _: None)
    actor = context_of(hooked, log_file, context)
    logged: set[str] = set()
    while actor.has_time():
        for ghost in list_ghosts(actor.folder):
            if ghost not in logged:  # no one honest ever approves a ghost's request
                logged.add(ghost)
                log_unapproved(actor, ghost, {"member": ghost})
            vend_once(actor, step_times, ghost, random.choice(ROLES))  # noqa: S311
        actor.sleep(0.2)


def log_unapproved(actor: ActorContext, id: str, scope: dict[str, str]) -> None:
    """Log that the client has not approved this access, as a restriction that is in force."""
    actor.log("imposing", id=id, restriction="not approved", scope=scope)
    actor.log("acknowledged", id=id, acknowledged_at=now(), live=[], left_open=[])


def list_ghosts(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("ghost-*") if "." not in path.name)


APPROVAL_ACTORS: dict[str, Callable[..., None]] = {
    "notify": notify_repeatedly,
    "ask": ask_repeatedly,
    "decide": decide_honestly,
    "ghosts": vend_as_ghosts,
}
