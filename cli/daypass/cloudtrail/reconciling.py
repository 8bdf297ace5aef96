"""Compare the trail's vends with the events of CloudTrail, both ways.

Sessions are joined by their names, which are Daypass's own and never repeat. A session in the AWS
console has other access keys than the ones that Daypass issued ("CloudTrail userIdentity element",
CloudTrail User Guide), so keys join nothing.

The broker has this file too: see `records`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from .records import Event, parse_time

DELAY = timedelta(hours=2)
"""CloudTrail delivers "within an average of about 5 minutes", which "is not guaranteed" (CloudTrail
User Guide). After this time, an event that is not there is missing."""
LONGEST_VEND = timedelta(minutes=1)
"""The most time from a vend's intent to its event: AWS gets the request within 30 s, and clocks
differ."""
CANARY = "@canary."
"""The beginning of the names of the sessions with which Daypass checks whether a cut-off works."""
_HARMLESS = frozenset({"sts:GetAccessKeyInfo", "sts:GetCallerIdentity"})
"""The requests that sessions of Daypass's checks can make. A session policy denies all others."""
_ASSUME_ROLE = "sts:AssumeRole"
_LOOK_UP, _LOOK_UP_ENTRY = "cloudtrail:LookupEvents", "events.look-up"
"""The request that Daypass's look-ups of events make, and the action of their trail entry."""


class Conclusion(Enum):
    """The result of the comparison, the best first."""

    COMPLETE = "complete"
    NOT_VALIDATED = "complete, files not validated"
    PROVISIONAL = "provisional"
    INCOMPLETE = "incomplete"


class Finding(Enum):
    """The result for one vend."""

    FOUND = "found"
    NONE_YET = "no event yet"
    NOT_NEEDED = "no event, as expected"
    MISSING = "NO EVENT"
    DIFFERENT = "NOT AS RECORDED"


@dataclass
class Vend:
    """A vend on the trail, and the events of its session."""

    at: datetime
    member: str
    role: str
    said: str
    outcome: str
    session_name: str
    role_arn: str
    request_id: str = ""
    opened: list[Event] = field(default_factory=list)
    actions: Counter[str] = field(default_factory=Counter)
    """The number of the session's requests, by action and error."""

    def judge(self, now: datetime) -> Finding:
        """Return whether CloudTrail has the event of this vend, as the trail recorded it."""
        if self.opened:
            is_recorded = self.outcome != "failed" and len(self.opened) == 1
            return (
                Finding.FOUND if is_recorded and self._fits(self.opened[0]) else Finding.DIFFERENT
            )
        if self.outcome != "issued":
            return Finding.NOT_NEEDED
        return Finding.NONE_YET if self.at > now - DELAY else Finding.MISSING

    def _fits(self, event: Event) -> bool:
        """Return whether the event shows the request to AWS that Daypass recorded: the same request
        ID, if both are known, and the same role."""
        is_same_request = not (self.request_id and event.request_id) or (
            self.request_id == event.request_id
        )
        return is_same_request and event.role_arn == self.role_arn

    def was_used_in_secret(self, period_end: datetime) -> bool:
        """Return whether the session made requests although Daypass handed it to no one. The trail
        has the outcome before that. Only at the end of the period, the outcome may be later."""
        may_be_issued = self.outcome == "intended" and self.at >= period_end - LONGEST_VEND
        return bool(self.actions) and self.outcome != "issued" and not may_be_issued


@dataclass
class Reconciliation:
    """The vends of one engagement in a period, and the events of its account."""

    account: str
    role_arns: frozenset[str]
    """The ARNs of the engagement's roles. `add_entries` adds the ARNs of its vends."""
    begin: datetime
    end: datetime
    has_day_before: bool = False
    """True if `add_entries` gets the entries of the day before for sure."""
    vends: dict[str, Vend] = field(default_factory=dict)
    """By the session's name. Some begin before the period: their sessions may reach into it."""
    check_names: set[str] = field(default_factory=set)
    """The session names of Daypass's own checks, and of its look-ups of events."""
    look_up_names: set[str] = field(default_factory=set)
    checks: Counter[str] = field(default_factory=Counter)
    """The sessions of Daypass's own checks, by name, also of those that check a cut-off."""
    unexplained: list[Event] = field(default_factory=list)
    """The sessions that other accounts opened, such as the firm's, and that are not on the
    trail."""
    chained: Counter[str] = field(default_factory=Counter)
    """The sessions of the roles that sessions of the roles opened, by name."""
    own: Counter[str] = field(default_factory=Counter)
    """The other sessions of the roles that the client's account opened itself, by name."""
    unknown: Counter[str] = field(default_factory=Counter)
    """The requests of sessions of the roles that are not on the trail, by the session's name."""
    misused: Counter[str] = field(default_factory=Counter)
    """The requests that AWS accepted under the names of checks, and that checks cannot make."""
    accounts: Counter[str] = field(default_factory=Counter)
    """The events that the files have, by account. Repeated events count, too."""
    regions: set[str] = field(default_factory=set)
    repeated: int = 0
    _seen: set[str] = field(default_factory=set)

    def add_entries(self, entries: Iterable[dict[str, Any]]) -> None:
        """Take all the trail's entries of the period and of the day before it, whose sessions may
        still be used in the period. A vend has an entry of its intent, before the call to AWS, and
        one of its outcome. Call this once, before `add_event`."""
        vends: dict[str, Vend] = {}
        outcomes: dict[str, dict[str, Any]] = {}
        for entry in entries:
            names = entry["details"].get("session_names", "").split()
            # Only checks and look-ups, which read CloudTrail, record the names of their sessions. A
            # look-up may do all that a check may, so its names are in both sets.
            self.check_names.update(names)
            if entry["action"] == _LOOK_UP_ENTRY:
                self.look_up_names.update(names)
            if is_intent(entry):
                vends[entry["vend"]] = _build_vend(entry)
            elif entry["action"] == "vend" and entry["vend"]:
                outcomes[entry["vend"]] = entry
        for key in vends.keys() & outcomes.keys():
            vends[key].outcome = outcomes[key]["outcome"]
            vends[key].request_id = outcomes[key]["details"].get("aws_request_id", "")
        self.vends = {vend.session_name: vend for vend in vends.values()}
        # A role can have had another ARN.
        self.role_arns |= {vend.role_arn for vend in vends.values()}

    def add_event(self, event: Event) -> None:
        """Take an event. An event that several files hold counts once, except in `accounts`."""
        self.accounts[event.account] += 1
        if event.account != self.account:
            return
        self.regions.add(event.region)
        is_assumption = event.action == _ASSUME_ROLE and event.role_arn in self.role_arns
        is_by_session = event.session_role_arn in self.role_arns or event.session_name in self.vends
        if not (is_assumption or is_by_session):
            return
        if event.id in self._seen:
            self.repeated += 1
            return
        self._seen.add(event.id)
        if is_by_session:
            self._add_action(event)
        if is_assumption and not event.error:
            self._add_session(event)

    def _add_action(self, event: Event) -> None:
        """Count a session's request: for its vend, as unknown, or as misused if the session of a
        check made it."""
        action = f"{event.action} ({event.error})" if event.error else event.action
        if vend := self.vends.get(event.session_name):
            vend.actions[action] += 1
        elif not self._is_of_check(event.session_name):
            self.unknown[event.session_name] += 1
        elif not (event.error or self._may_do(event)):
            self.misused[event.session_name] += 1

    def _add_session(self, event: Event) -> None:
        """Add the start of a session: to its vend, or to the others, by who started them."""
        if vend := self.vends.get(event.new_session):
            # The files can have an event twice. Events without a request ID are not compared.
            known_ids = {each.request_id for each in vend.opened} - {""}
            if event.request_id not in known_ids:
                vend.opened.append(event)
        elif self._is_of_check(event.new_session):
            self.checks[event.new_session] += 1
        elif event.session_role_arn in self.role_arns:
            self.chained[event.new_session] += 1
        elif event.caller_account == self.account:
            self.own[event.new_session] += 1
        elif self._has_vend_of(event):
            self.unexplained.append(event)

    def _has_vend_of(self, event: Event) -> bool:
        """Return whether the entries have the vend of an event of this time. An event of the first
        LONGEST_VEND can belong to a vend from before the period."""
        begin = self.begin if self.has_day_before else self.begin + LONGEST_VEND
        return begin <= parse_time(event.at) < self.end

    def _may_do(self, event: Event) -> bool:
        """Return whether a session of a check or a look-up can make the request."""
        is_look_up = event.session_name in self.look_up_names and event.action == _LOOK_UP
        return is_look_up or event.action in _HARMLESS

    def _is_of_check(self, name: str) -> bool:
        return name in self.check_names or name.startswith(CANARY)

    def list_vends(self) -> list[Vend]:
        """Return the vends of the period, the earliest first."""
        vends = [vend for vend in self.vends.values() if self.begin <= vend.at < self.end]
        return sorted(vends, key=lambda vend: vend.at)

    def judge(
        self, now: datetime, *, missing: str, validated: bool
    ) -> tuple[Conclusion, list[str]]:
        """Return the verdict, and its reasons as sentences.

        `missing` is a sentence on the regions or events that may be missing, or empty if none may.
        `validated` says whether AWS validated the files' digests (`aws cloudtrail validate-logs`).
        """
        problems = list(self._list_problems(now))
        if problems:
            return Conclusion.INCOMPLETE, problems
        doubts = list(self._list_doubts(now, missing))
        if doubts:
            return Conclusion.PROVISIONAL, doubts
        return (Conclusion.COMPLETE if validated else Conclusion.NOT_VALIDATED), []

    def _list_problems(self, now: datetime) -> Iterator[str]:
        """Yield a sentence for each problem. A problem that needs someone at once begins with
        CRITICAL."""
        findings = Counter(vend.judge(now) for vend in self.list_vends())
        secret = [vend for vend in self.vends.values() if vend.was_used_in_secret(self.end)]
        if self.unexplained:
            callers = ", ".join(sorted({event.caller_account for event in self.unexplained}))
            yield (
                f"CRITICAL: account {callers} started {_count(len(self.unexplained), 'session')}"
                " of the engagement's roles without an entry in Daypass's trail. If this is your"
                " firm's account, someone used the broker's role without Daypass."
            )
        if number := findings[Finding.DIFFERENT]:
            yield (
                f"CRITICAL: for {_count(number, 'session')} that Daypass requested, CloudTrail has"
                " an event that differs from Daypass's record, or several events."
            )
        if secret:
            yield (
                f"CRITICAL: {_count(len(secret), 'session')} made requests although Daypass did not"
                " hand the credentials over to anyone."
            )
        if self.misused:
            yield (
                f"CRITICAL: {_count(len(self.misused), 'session')} made requests under the session"
                " name of a Daypass check. Sessions that checks start cannot do anything."
            )
        if number := findings[Finding.MISSING]:
            yield (
                f"No CloudTrail event was found for {_count(number, 'session')} that Daypass"
                " issued. The events may be incomplete."
            )

    def _list_doubts(self, now: datetime, missing: str) -> Iterator[str]:
        """Yield a sentence for each reason why an event may be missing, or may arrive later."""
        if not self.accounts[self.account]:
            yield f"No event of account {self.account} was found."
        if missing:
            yield missing
        if any(vend.judge(now) is Finding.NONE_YET for vend in self.list_vends()):
            yield (
                "A session started less than two hours ago, so CloudTrail may not have delivered"
                " its event yet."
            )
        if self.chained:
            yield (
                "Sessions of the engagement's roles started"
                f" {_count(len(self.chained), 'other session')} of these roles. Their requests are"
                f" not listed: {', '.join(sorted(self.chained)[:5])}."
            )
        if others := self.unknown.keys() - self.own.keys() - self.chained.keys():
            yield (
                f"{_count(len(others), 'session')} made requests without an entry in the trail and"
                " without an event of the session's start. They may have started before this time,"
                f" or in a region whose events are missing: {', '.join(sorted(others)[:5])}."
            )


def is_intent(entry: dict[str, Any]) -> bool:
    """Return whether the entry is the intent of a vend."""
    return bool(entry["action"] == "vend" and entry["outcome"] == "intended")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _build_vend(intent: dict[str, Any]) -> Vend:
    """Return the vend of this intent, the entry before the request to AWS. The caller adds the
    outcome, if the trail has one."""
    details = intent["details"]
    return Vend(
        at=parse_time(intent["at"]),
        member=intent["actor"],
        role=intent["role"],
        said=details.get("said", ""),
        outcome="intended",
        session_name=details["session_name"],
        role_arn=details["role_arn"],
    )
