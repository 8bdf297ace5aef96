"""A scene in which Acme has an approver and a contact, and Daypass mails them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from chalicelib.domain.engagements.client_approvers import ClientApprover, NameApprover
from chalicelib.domain.notifications.notification import Delivery, DeliveryStatus
from chalicelib.domain.requests.client_mails import Mail
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.usecases.notifications.notify import NotifyPorts, RunSummary, notify
from chalicelib.usecases.requests.client.approvers import name_approver
from chalicelib.usecases.requests.client.mailboxes import ClientMailRun, Mailer
from tests import builders
from tests.builders import Scene, a_client_approver, a_scene, an_approver_link
from tests.fakes import World

SENT = Delivery(DeliveryStatus.DELIVERED)
DOWN = Delivery(DeliveryStatus.NOT_DELIVERED, "Amazon SES: TooManyRequestsException")
REFUSED = Delivery(DeliveryStatus.REFUSED, "Amazon SES: MessageRejected")
API_URL = "https://daypass.example.com/api"
REQUEST = "alice.00d9o4r5k3f81c2q"


def an_approver(id: str = "jo", **changes: Any) -> ClientApprover:
    """Return an approver whose links begin with `API_URL`."""
    fields = {"name": f"{id.title()} Doe", "email": f"{id}@acme.example", "api_url": API_URL}
    return a_client_approver(id, **(fields | changes))


def a_request(id: str = REQUEST, **changes: Any) -> AccessRequest:
    """Return alice's request for two hours of `readonly`, which no one has decided."""
    fields = {"duration": 7200, "reason": "the nightly import failed"}
    return builders.a_request(id.partition(".")[0], id=id, **(fields | changes))


@dataclass(slots=True)
class FakeMailer:
    """The Mailer port, with a scripted result for each address."""

    world: World
    sent: list[Mail] = field(default_factory=list)
    result_for: Callable[[Mail], Delivery] = lambda _: SENT

    def send(self, mail: Mail) -> Delivery:
        self.world.step("mail")
        delivery = self.result_for(mail)
        if delivery.status in (DeliveryStatus.DELIVERED, DeliveryStatus.UNKNOWN):
            self.sent.append(mail)
        self.world.step("mailed")
        return delivery


class ClientScene:
    """The scene, with the function Notify, which mails."""

    def __init__(self, *, client: bool = True) -> None:
        self.scene: Scene = a_scene()
        self.world, self.ports = self.scene.world, self.scene.ports
        self.mailer = FakeMailer(self.world)
        self.errors: list[Exception] = []
        self.numbers = count()
        self.world.add(
            an_approver(),
            an_approver("kim", is_contact=True),
            an_approver_link(),
            ApprovalPolicy(engagement="acme-prod", client=client),
        )
        self.run()
        self.world.later(minutes=1)

    def run(self) -> RunSummary:
        mail_clients = lambda context: ClientMailRun(context, self.mailer).run()  # noqa: E731
        ports = NotifyPorts(ports=self.ports, channels=(), client_mail=mail_clients)
        began_at = self.world.clock

        def time_left() -> float:
            return 50.0 - (self.world.clock - began_at).total_seconds()

        return notify(ports, time_left=time_left, report_failure=self.errors.append)

    def run_later(self, minutes: int = 1) -> RunSummary:
        """Run once a minute, and return the last run's summary."""
        for _ in range(minutes):
            self.world.later(minutes=1)
            summary = self.run()
        return summary

    def happens(self, action: Action, **facts: Any) -> Entry:
        """Record an event in acme-prod, by alice."""
        usual = {
            "actor": "alice",
            "outcome": Outcome.DONE,
            "engagement": "acme-prod",
            "role": "readonly",
            "details": {"request": REQUEST, "span": "for 2 hours from first use"},
        }
        number = f"{next(self.numbers):016x}"
        entry = Entry(**({"id": number, "at": self.world.clock, "action": action} | usual | facts))
        self.world.entries.append(entry)
        return entry

    def is_asked(self, **changes: Any) -> None:
        """Store alice's request, with these changes, and its event."""
        self.world.add(a_request(**changes))
        self.happens(Action.REQUEST_CREATE)

    def name_person(self, id: str, engagement: str = "acme-prod", **changes: Any) -> None:
        """Have lena name an approver, or a contact."""
        fields = {"name": id.title(), "email": f"{id}@acme.example"} | changes
        body = NameApprover(id=id, **fields)
        self.scene.do(name_approver, engagement, body, api_url=API_URL)

    @property
    def mails(self) -> list[tuple[str, str]]:
        """Return the name in each address, and the subject."""
        return [(mail.to.partition("@")[0], mail.subject) for mail in self.mailer.sent]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.mails]

    def letters(self) -> str:
        """Return the mails as their recipients read them, without the links' secret texts."""
        mails = (f"To {mail.to}: {mail.subject}\n\n{mail.text}" for mail in self.mailer.sent)
        return re.sub(r"/approve/\w{52}", "/approve/…", "\n-----\n".join(mails))

    def links(self) -> list[str]:
        """Return the secret texts of the links in the mails, in their order."""
        texts = (mail.text.partition("/approve/")[2][:52] for mail in self.mailer.sent)
        return [text for text in texts if text]


def scene_with_request() -> ClientScene:
    """Return a scene in which alice has sent a request that waits for the client."""
    client = ClientScene()
    client.is_asked()
    return client


if TYPE_CHECKING:
    _: type[Mailer] = FakeMailer
