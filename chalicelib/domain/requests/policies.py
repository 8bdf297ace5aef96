"""Define approval policies: the approvers of requests for a role, and their limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from msgspec import Meta
from msgspec.structs import replace

from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.moments import Moment, describe_duration
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.requests.requests import AccessSeconds, Approval
from chalicelib.domain.text import find_secret, join_words
from chalicelib.domain.values import (
    Change,
    Internal,
    Item,
    Value,
    build_constraints,
    shown_property,
)

DEFAULT_ANSWER_WITHIN = 3600
DEFAULT_LONGEST = 8 * 3600

AnswerSeconds = Annotated[
    int,
    build_constraints("a whole number of seconds, from 300 to 604800 (7 days)", ge=300, le=604800),
    Meta(description="How long a request waits for its answer, in seconds. Then it expires."),
]
EscalationSeconds = Annotated[
    int, build_constraints("a whole number of seconds, from 60 to 86400", ge=60, le=86400)
]
PeopleCount = Annotated[int, build_constraints("0, 1 or 2", ge=0, le=2)]
MAX_APPROVERS = 20
CLIENT = "the client"
"""The client among the approvers that a request waits for."""
NO_ONE_LEFT = "an approver that a lead must still name"
MAX_NAMES = 5
"""The most names in one text of the approvers that a request waits for."""
Approvers = Annotated[
    frozenset[MemberId],
    build_constraints(f"a list of at most {MAX_APPROVERS} members' IDs", max_length=MAX_APPROVERS),
]

DIGITS = "#"
"""Stands for one to ten digits in a pattern, as in `OPS-#`."""
PLACEHOLDER = "{ticket}"
_PATTERN = r"[A-Za-z0-9_/-]{0,20}#[A-Za-z0-9_/-]{0,20}"
_IN_URL = r"[!#-&(-;=?-\[\]_a-z~]{0,100}"
"""Printable ASCII characters but quotes, backslashes, carets, bars, angle brackets and braces."""
_URL = rf"https://[a-z0-9.-]{{1,100}}(?::[0-9]{{1,5}})?/{_IN_URL}\{{ticket\}}{_IN_URL}"


def _parse_url(unverified: Any) -> str:
    """Return the URL unchanged. Raise ValueError unless it is an https URL with `{ticket}` once
    (_URL), or if it contains a secret such as a token."""
    if (
        isinstance(unverified, str)
        and re.fullmatch(_URL, unverified, re.ASCII)
        and not find_secret(unverified)
    ):
        return unverified
    raise ValueError(
        "Enter an https URL with {ticket} in it, such as"
        " https://tickets.example.com/browse/{ticket}."
    )


TicketPattern = Annotated[
    str,
    build_constraints(
        "a pattern with one # for digits, such as OPS-#",
        pattern=f"^{_PATTERN}$(?!\\n)",
        min_length=1,
        max_length=41,
    ),
    Meta(description="The form of a ticket, with # for its digits, such as OPS-#."),
]
TicketUrl = Annotated[
    str,
    build_constraints(
        "an https URL with {ticket} in it",
        parser=_parse_url,
        pattern=f"^{_URL}$(?!\\n)",
        min_length=1,
        max_length=350,
    ),
    Meta(description="The URL of a ticket, with {ticket} in the ticket's place."),
]


MAX_UNCONFIRMED_CHANGES = 50
"""The most changes, by as many leads, that a policy rests on besides the last."""


class Naming(Value):
    """The naming of a member as an approver."""

    member: MemberId
    at: Moment


class PolicyChange(Value):
    """A change of a policy by a lead."""

    by: MemberId
    at: Moment


class ApprovalPolicy(Item):
    """The approvers of requests for a role, and their limits. The default is no one: the role has
    standing grants only.

    A request is approved when `people` different people of `leads` and `members`, and also the
    client if `client` is set, have approved it.
    """

    STORED_AS = "approval-policy"
    KEY_FIELDS = ("engagement", "role")
    TARGET = {"engagement": "engagement", "role": "role"}

    engagement: EngagementId
    role: str = ""
    """The role. Empty for every role of the engagement without a policy of its own."""
    leads: bool = False
    """True if every lead may approve."""
    members: Approvers = frozenset()
    """The members who may approve, by name."""
    people: PeopleCount = 0
    """How many of these people must approve. 0 if only the client approves, or no one can."""
    client: bool = False
    """True if the client's approver must approve, too."""
    sensitive: bool = False
    """True if a press of a button in Slack does not approve: it takes a token or a sign-in."""
    first_approver: MemberId | None = None
    """The member who is notified at once. The others are notified after `others_after` seconds.
    None if all are notified at once."""
    others_after: EscalationSeconds = 600
    answer_within: AnswerSeconds = DEFAULT_ANSWER_WITHIN
    longest: AccessSeconds = DEFAULT_LONGEST
    """The longest access that can be requested, in seconds."""
    ticket_pattern: TicketPattern | None = None
    """The form of the ticket that a request must name. None if it needs no ticket."""
    ticket_url: TicketUrl | None = None
    notify_client_of_emergencies: bool = False
    """True if the client's approvers and contacts hear of each emergency."""
    leads_set_at: Internal[Moment | None] = None
    """When a lead last let every lead approve. None if no one did."""
    namings: Internal[tuple[Naming, ...]] = ()
    """When each of `members` was named."""
    changed_by: Internal[MemberId | None] = None
    """The lead who last changed the policy. None if no one did."""
    changed_at: Internal[Moment | None] = None
    unconfirmed: Internal[tuple[PolicyChange, ...]] = ()
    """Earlier changes by other leads, if the right of each lead who changed the policy since did
    not count yet. Such a lead confirms nothing."""

    @property
    def approvers(self) -> tuple[str, ...]:
        """Return the approvers that a new request waits for, with all names."""
        return list_waiting_for("", self, (), max_names=MAX_APPROVERS)

    @property
    def allows_requests(self) -> bool:
        """Return whether the policy names someone who can approve a request."""
        return self.people > 0 or self.client

    @shown_property
    def lines(self) -> tuple[str, ...]:
        """The policy in sentences."""
        if not self.allows_requests:
            lines = ["No one can approve requests, so Daypass refuses every request."]
        else:
            within = describe_duration(self.answer_within)
            lines = [
                f"Needs approval within {within}, from {self._describe_approvers()}.",
                f"The longest access is {describe_duration(self.longest)}.",
            ]
            if self.sensitive:
                lines.append("Requests cannot be approved with a button in Slack.")
            if self.first_approver:
                after = describe_duration(self.others_after)
                lines.append(f"{self.first_approver} is notified first, the others after {after}.")
            if self.ticket_pattern:
                url = f", at {self.ticket_url}" if self.ticket_url else ""
                lines.append(f"A request needs a ticket of the form {self.ticket_pattern}{url}.")
        if self.notify_client_of_emergencies:
            lines.append("The client is notified of each emergency.")
        return tuple(lines)

    def _describe_approvers(self) -> str:
        """Return who must approve, as a text that follows "approval from", such as "the client and
        from a lead or bob". Call this only if the policy allows requests."""
        client, names = ([CLIENT] if self.client else []), sorted(self.members)
        if not self.people:  # a policy without people that allows requests needs the client
            return CLIENT
        if not names:
            people = "a lead" if self.people == 1 else "two leads"
        elif not self.leads and len(names) == self.people:
            people = join_words(names)
        else:
            lead, joint = ("a lead", " or ") if self.people == 1 else ("leads", ", ")
            people = joint.join([*([lead] if self.leads else []), *names])
            people = people if self.people == 1 else f"two of these: {people}"
        return " and from ".join([*client, people])

    @property
    def changes(self) -> tuple[PolicyChange, ...]:
        """Return the changes that the policy rests on: the last one, and those before it that no
        lead has confirmed. There is one for each lead at most."""
        if self.changed_by is None or self.changed_at is None:
            return ()
        return (*self.unconfirmed, PolicyChange(by=self.changed_by, at=self.changed_at))

    def changed(self, by: str, at: datetime, *, confirms: bool) -> ApprovalPolicy:
        """Return the policy, changed by this lead. With `confirms`, it rests on this change
        only."""
        earlier = () if confirms else tuple(each for each in self.changes if each.by != by)
        return replace(self, changed_by=by, changed_at=at, unconfirmed=earlier)

    def waits_for_a_lead(self, leads: Mapping[str, Member]) -> bool:
        """Return whether another lead must save the policy again before anyone can approve under
        it, because a lead on whose change it rests was suspended. `leads` are these leads."""
        stored = ((leads.get(each.by), each.at) for each in self.changes)
        return any(lead is None or lead.leaves_unconfirmed(at) for lead, at in stored)

    def list_rights(self, member: Member) -> list[datetime]:
        """Return when this member got each right to approve that they have: as one of `members`, as
        a lead if every lead may approve, or both. Return an empty list without a right."""
        rights = [each.at for each in self.namings if each.member == member.id]
        rights = rights if member.id in self.members else []
        if self.leads and member.kind is Kind.LEAD and self.leads_set_at is not None:
            rights.append(self.leads_set_at)
        return rights


class ChangeApprovalPolicy(Change):
    """A change of an approval policy. A field that was not sent keeps its value."""

    leads: bool | None = None
    """True if every lead may approve."""
    members: Approvers | None = None
    """The members who may approve, by name."""
    people: PeopleCount | None = None
    """How many of these people must approve: 0, 1 or 2."""
    client: bool | None = None
    """True if the client's approver must approve, too."""
    sensitive: bool | None = None
    """True if a press of a button in Slack does not approve: it takes a token or a sign-in."""
    first_approver: MemberId | None = None
    """The member who is notified at once. The others are notified after `others_after` seconds."""
    others_after: EscalationSeconds | None = None
    """After how many seconds the other approvers are notified."""
    answer_within: AnswerSeconds | None = None
    longest: AccessSeconds | None = None
    """The longest access that can be requested, in seconds."""
    ticket_pattern: TicketPattern | None = None
    ticket_url: TicketUrl | None = None
    notify_client_of_emergencies: bool | None = None
    """True if the client's approvers and contacts hear of each emergency."""
    no_ticket: bool | None = None
    """True: a request needs no ticket any more. With `ticket_pattern`, only the URL is removed."""
    all_at_once: bool | None = None
    """True if no approver is to be notified before the others any more."""


def matches_pattern(ticket: str, pattern: str) -> bool:
    """Return whether the ticket has the form of the pattern. Upper and lower case differ."""
    before, _, after = pattern.partition(DIGITS)
    regex = re.escape(before) + "[0-9]{1,10}" + re.escape(after)
    return re.fullmatch(regex, ticket, re.ASCII) is not None


def build_ticket_url(url: str, ticket: str) -> str:
    """Return the ticket's URL. Return empty text if the policy has no URL, or the request no
    ticket."""
    return url.replace(PLACEHOLDER, quote(ticket, safe="")) if url and ticket else ""


class Missing(Value):
    """The approvals that a request still needs."""

    people: int
    """How many people at the firm must still approve: 0, 1 or 2."""
    client: bool
    """True if the client must still approve."""

    @property
    def is_nothing(self) -> bool:
        return self.people == 0 and not self.client

    @property
    def is_only_client(self) -> bool:
        return self.people == 0 and self.client


def find_missing(valid: tuple[Approval, ...], policy: ApprovalPolicy) -> Missing:
    """Return the approvals that the policy needs besides the valid ones, which are those that
    count."""
    people = {each.by for each in valid if not each.is_client}
    has_client = any(each.is_client for each in valid)
    return Missing(
        people=max(0, policy.people - len(people)), client=policy.client and not has_client
    )


def list_waiting_for(
    asker: str,
    policy: ApprovalPolicy,
    valid: tuple[Approval, ...],
    *,
    max_names: int = MAX_NAMES,
) -> tuple[str, ...]:
    """Return the approvers that a request of `asker` waits for, such as ("a lead or bob", "the
    client"). `valid` are the approvals that count already.

    If a change of the policy has left no approval missing, the request still waits for one of its
    approvers, who completes it.
    """
    missing = find_missing(valid, policy)
    if missing.is_nothing:
        return ("one of its approvers",)
    people = {each.by for each in valid if not each.is_client}
    names = sorted(policy.members - people - {asker})
    texts = []
    if missing.people == 1:
        options = ["a lead"] if policy.leads else []
        texts.append(" or ".join(options + limit_names(names, max_names)) or NO_ONE_LEFT)
    elif missing.people:  # two: no policy needs more
        if not policy.leads and len(names) == missing.people:
            texts += names
        elif not names:
            texts.append("two leads" if policy.leads else NO_ONE_LEFT)
        else:
            options = ["leads"] if policy.leads else []
            texts.append("two of " + " or ".join(options + limit_names(names, max_names)))
    if missing.client:
        texts.append(CLIENT)
    return tuple(texts)


def limit_names(names: list[str], max_names: int) -> list[str]:
    """Return the names. If there are more than `max_names`, return this many of them, and then a
    text such as "2 others"."""
    if len(names) <= max_names:
        return names
    return [*names[:max_names], f"{len(names) - max_names} others"]


def has_same_rule(policy: ApprovalPolicy, other: ApprovalPolicy) -> bool:
    """Return whether both policies let the same people approve, within the same limits."""
    names = set(ApprovalPolicy.__struct_fields__) - _IDENTITY_AND_HISTORY
    return all(getattr(policy, name) == getattr(other, name) for name in names)


_IDENTITY_AND_HISTORY = frozenset(
    (
        "engagement",
        "role",
        "version",
        "leads_set_at",
        "namings",
        "changed_by",
        "changed_at",
        "unconfirmed",
    )
)
"""The fields that say which policy it is and how it changed, but not what it allows."""
