"""A lead gone bad, who takes every step to the account of a client that approves all access."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from chalicelib.domain.engagements.client_approvers import NameApprover
from chalicelib.domain.engagements.engagements import CreateGrant
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.one_time_secrets import TYPED
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import (
    AuthenticationFailure,
    Caller,
    CreateMember,
    Kind,
    authenticate,
)
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ChangeApprovalPolicy
from chalicelib.domain.requests.requests import ApproveRequest
from chalicelib.usecases.engagements.grants import create_grant
from chalicelib.usecases.onboarding.client_pause import pause_by_client, resume_by_client
from chalicelib.usecases.onboarding.links import create_link
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.members import create_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.client.approvers import name_approver, request_link
from chalicelib.usecases.requests.client.rules import (
    confirm_on_page,
    lift_pause_as_leads,
    set_client_approval,
)
from chalicelib.usecases.requests.decide import approve_request
from chalicelib.usecases.requests.policies import change_policy
from tests.builders import decide_at_client
from tests.soak.actors import ContextFields
from tests.soak.approval_actors import API_URL, JO, MailFile, ask, client_context, list_ghosts
from tests.soak.context import ActorContext
from tests.soak.restrictions import ROLES, WHY

BAD_DOMAIN = "elsewhere.example"
ACCOMPLICES = ("mona", "max")
"""Two leads who do what the bad lead wants. No one suspends them, so their rights count."""


def attack(
    ports: Ports, log_file: int, context: ContextFields, *, lead: str, only: Sequence[str] = ()
) -> None:
    """Act as a lead gone bad who takes every step to the client's account that they can, or only
    some of these steps. Each round has every step once, so that a short run on a busy machine
    leaves none out; its order is a matter of chance."""
    actor = client_context(ports, log_file, context)
    bad_lead = BadLead(actor, lead)
    steps = [step for step in bad_lead.steps if not only or step.__name__ in only]
    untaken: list[Callable[[], None]] = []
    while actor.has_time():
        untaken = untaken or random.sample(steps, len(steps))
        step = untaken.pop()
        try:
            step()
        except DaypassError as error:
            actor.log("step refused", step=step.__name__, reason=error.reason)
        else:
            actor.log("step", step=step.__name__)
        actor.sleep(0.02)


class BadLead:
    """The steps of a lead gone bad. Each raises a DaypassError if Daypass refuses it."""

    def __init__(self, actor: ActorContext, lead: str) -> None:
        self.actor, self.ports, self.lead = actor, actor.ports, lead
        self.at = actor.engagement
        self.numbers = itertools.count()
        self.proposals: list[str] = []
        self.seconds: list[str] = []
        self.requests: list[str] = []
        self.steps: list[Callable[[], None]] = [
            self.name,
            self.invent_ghost,
            self.ask_as_ghost,
            self.make_second_lead,
            self.approve,
            self.open_links,
            self.open_links,
            self.change_the_policy,
            self.bury,
            self.press,
            self.ask_to_lift,
            self.ask_to_lift,
        ]

    def caller(self, member: str = "") -> Caller:
        """Return the lead, or someone they made, as Daypass would authenticate them."""
        caller = self.actor.caller(member or self.lead)
        presented = self.actor.token_of(member or self.lead)
        authenticated = authenticate(caller.token, caller.member, presented, self.ports.now())
        if isinstance(authenticated, AuthenticationFailure):
            raise DaypassError(authenticated.reason)
        return authenticated

    def new_id(self, prefix: str) -> str:
        """Return an ID that another process of the same lead does not use."""
        return f"{prefix}-{os.getpid()}-{next(self.numbers)}"

    def name(self) -> None:
        name = self.new_id("m")
        body = NameApprover(id=name, name=name, email=f"m-{len(self.proposals) % 3}@{BAD_DOMAIN}")
        name_approver(self.ports, self.caller(), self.at, body, api_url=API_URL)
        self.proposals.append(name)

    def enrol(self, id: str, kind: Kind) -> None:
        body = CreateMember(id=id, name=id, kind=kind)
        new = create_member(self.ports, self.caller(), body)
        enrolled = enrol(self.ports, Enrol(code=new.enrolment.code, label="x"), address="")
        self.actor.save_token(id, enrolled.text)

    def invent_ghost(self) -> None:
        ghost = self.new_id("ghost")
        self.enrol(ghost, Kind.MEMBER)
        on_request = frozenset(random.sample(ROLES, 2))
        body = CreateGrant(member=ghost, roles=frozenset(ROLES), on_request=on_request)
        create_grant(self.ports, self.caller(), self.at, body)

    def ask_as_ghost(self) -> None:
        for ghost in list_ghosts(self.actor.folder)[-1:]:
            self.requests.append(ask(self.actor, self.caller(ghost), random.choice(ROLES)))  # noqa: S311

    def make_second_lead(self) -> None:
        second = self.new_id("second")
        self.enrol(second, Kind.LEAD)
        self.seconds.append(second)

    def approve(self) -> None:
        for request in self.requests[-1:]:
            for lead in (*self.seconds[-1:], ""):
                with suppress(DaypassError):
                    approve_request(self.ports, self.caller(lead), request, ApproveRequest())

    def open_links(self) -> None:
        """Use the links in the mails to addresses of one's own."""
        for link in self.read_links():
            for request in self.requests[-2:]:
                self.press_button(decide_at_client, link, request)
            for approver in self.proposals[-2:]:
                self.press_button(confirm_on_page, link, approver)
            self.press_button(set_client_approval, link, is_required=False)

    def read_links(self) -> Iterator[str]:
        mails = MailFile(self.actor.folder).read()
        own = [mail["text"] for mail in mails if mail["to"].endswith(BAD_DOMAIN)]
        links = [text.partition("/approve/")[2][:52] for text in own]
        yield from [link for link in links if link][-3:]

    def press_button(self, button: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
        try:
            button(self.ports, *arguments, **keywords, address="")
        except DaypassError as error:
            self.actor.log("step refused", step=button.__name__, reason=error.reason)
        else:
            self.actor.log("step", step=button.__name__)

    def change_the_policy(self) -> None:
        """Let leads alone approve, and then, as before, only the client."""
        alone = ChangeApprovalPolicy(leads=True, people=1, client=False)
        change_policy(self.ports, self.caller(), self.at, alone)
        self.approve()
        before = ChangeApprovalPolicy(leads=False, members=frozenset(), people=0, client=True)
        change_policy(self.ports, self.caller(), self.at, before)

    def bury(self) -> None:
        """Ask for links until the client's mails are buried."""
        for approver in (JO, *self.proposals[-2:]):
            request_link(self.ports, self.caller(), self.at, approver, api_url=API_URL)

    def press(self) -> None:
        """Press the client's Pause, and lift it with the code of this press.

        Honest vends are refused from the press until the pause ends.
        """
        if random.random() < 0.7:  # noqa: S311 - else no honest vend finds a gap
            return
        link, (code, _) = self.new_link(), TYPED.new_secret(self.ports.random)
        press, scope = self.new_id("press"), {"engagement": self.at}
        self.actor.log("imposing", id=press, restriction="paused by the lead", scope=scope)
        with suppress(DaypassError):
            pause_by_client(self.ports, link, code, address="")
        while self.actor.has_time():
            try:
                resume_by_client(self.ports, self.new_link(), code, address="")
            except DaypassError as error:
                if error.reason not in (Reason.NOT_PAUSED, Reason.LIFT_CODE_REFUSED):
                    self.actor.sleep(0.1)  # the lead is suspended for a moment
                    continue
            self.actor.log("restored", id=press)
            return

    def ask_to_lift(self) -> None:
        """Ask to lift the client's pause as two leads, both of them long enough to count."""
        for lead in ACCOMPLICES:
            lift_pause_as_leads(self.ports, self.caller(lead), self.at, why=WHY)

    def new_link(self) -> str:
        return create_link(self.ports, self.caller(), self.at).text
