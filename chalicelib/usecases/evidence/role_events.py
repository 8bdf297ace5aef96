"""Read CloudTrail's events of one role and of its sessions, and compare them with the trail."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress

from msgspec import to_builtins

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import AwsRefused, FactsChanged
from chalicelib.domain.evidence.reconciliation.look_ups import (
    SessionActions,
    count_requests,
    list_recorded_requests,
)
from chalicelib.domain.evidence.reconciliation.reconciling import Reconciliation, Vend
from chalicelib.domain.evidence.reconciliation.records import Event, build_event
from chalicelib.domain.identifiers import SLUG
from chalicelib.domain.text import clean_text, count_of, join_words
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.vending.vends import group_by_vend
from chalicelib.domain.verification.schedule import DAY
from chalicelib.usecases.lists import PAGE_SIZE, iterate_trail
from chalicelib.usecases.ports import EventHistory, Ports

TIME_TO_STORE = 30.0
"""Seconds. With less time left, a run reads no further sessions."""
MAX_PAGES = 200
"""The most pages of a role's assumptions in one region: 10,000 events."""
MAX_PAGES_OF_SESSION = 10
"""The most pages of one session in one region: 500 events."""
MAX_REASONS = 600
"""Characters."""
TOO_MANY = "CloudTrail has too many events for one look-up."
TOO_SLOW = "The look-up takes longer than a run of Sweep."
UNREADABLE = "Daypass could not read CloudTrail's response."
GRAVE = "CRITICAL"
"""The beginning of a reason that someone must look into at once."""
BY_ROLE, BY_SESSION = "ResourceName", "Username"
"""CloudTrail's attributes for an AssumeRole of a role, and for the requests of a session."""


class LookUpStopped(Exception):
    """The look-up ends without a result. The argument says why. Empty: the run's time is up, and
    the next run looks again."""


class RoleEvents:
    """The events of one role, and their comparison with the trail."""

    def __init__(
        self,
        ports: Ports,
        time_left: Callable[[], float],
        history: EventHistory,
        reconciliation: Reconciliation,
    ) -> None:
        self.regions: list[str] = []
        """The regions that answered. Empty: the client does not let Daypass look events up."""
        self._ports, self._time_left, self._now = ports, time_left, ports.now()
        self._history, self._reconciliation = history, reconciliation
        self._events_by_session: dict[str, dict[str, Event]] = {}
        self._unread: list[str] = []
        """The sessions that the run had no time for."""
        self._truncated: set[str] = set()
        """The sessions with more events than Daypass reads."""

    def read(self, engagement: str) -> None:
        """Add to the reconciliation: the events of the role's assumptions, the vends of the same
        period, and what their sessions did. Leave out a region in which AWS denies the look-up."""
        (role_arn,) = self._reconciliation.role_arns
        opened: list[Event] = []
        for region in self._history.regions:
            with suppress(AwsRefused):
                opened += self._read_assumptions(region, role_arn)
                self.regions.append(region)
        if not self.regions:
            return
        # A vend's session name begins with the member: `bob.5d2f8a0c4e917b36`.
        vended_to = {event.new_session.partition(".")[0] for event in opened}
        entries = self._read_entries(engagement, role_arn, vended_to)
        self._reconciliation.add_entries(map(to_builtins, entries))
        for event in opened:
            self._reconciliation.add_event(event)
        # A thief of the broker's role can give a session the name of a check. Only the session's
        # requests show that, so read these first: there are few, unless someone hides one of them.
        vends = [vend.session_name for vend in self._reconciliation.list_vends()]
        for name in (*self._reconciliation.checks, *vends):
            if self._time_left() < TIME_TO_STORE:
                self._unread.append(name)
            else:
                self._read_session(name)

    def store_actions(self, role: Role, vend: Vend) -> None:
        """Store what the vend's session did, if that was read."""
        state, events = self._ports.state, self._events_by_session.get(vend.session_name)
        if events is None:
            return
        session = vend.session_name.split(".")[1]  # `bob.5d2f8a0c4e917b36`, or with `.agent`
        stored = state.get(SessionActions, role.engagement, session)
        actions = SessionActions(
            engagement=role.engagement,
            session=session,
            role=role.name,
            session_name=vend.session_name,
            looked_up_at=self._now,
            regions=tuple(self.regions),
            is_whole=vend.session_name not in self._truncated,
            total=len(events),
            counts=count_requests(events.values()),
            requests=list_recorded_requests(events.values()),
            version=stored.version + 1 if stored else 1,
        )
        with suppress(FactsChanged):  # another run has stored them
            state.save(actions)

    def describe(self) -> dict[str, str]:
        """Return the result, for the trail."""
        vends = self._reconciliation.list_vends()
        missing = f"Daypass asked for the events of {join_words(self.regions)} only."
        if unread := len(self._unread):
            missing += f" It had no time for the requests of {count_of(unread, 'session')}."
        # These events come from the API. Only CloudTrail's files are signed, so that aws cloudtrail
        # validate-logs can validate them.
        verdict, reasons = self._reconciliation.judge(self._now, missing=missing, validated=False)
        unread_checks = self._reconciliation.checks.keys() & set(self._unread)
        return {
            "allowed": "true",  # the client lets Daypass look events up
            "unread_checks": str(len(unread_checks) or ""),
            "result": verdict.value,
            "problems": clean_text(" ".join(reasons), MAX_REASONS),
            "grave": "true" if any(each.startswith(GRAVE) for each in reasons) else "",
            "regions": " ".join(self.regions),
            "sessions": str(len(vends)),
            "requests": str(
                sum(len(self._events_by_session.get(each.session_name, ())) for each in vends)
            ),
        }

    def _read_assumptions(self, region: str, role_arn: str) -> list[Event]:
        """Return the events of the role's assumptions in a region. Raise AwsRefused if AWS denies
        the look-up, and LookUpStopped if there are too many, or too little time is left."""
        events: list[Event] = []
        for number, page in enumerate(self._look_up(region, BY_ROLE, role_arn)):
            if number == MAX_PAGES:
                raise LookUpStopped(TOO_MANY)
            if self._time_left() < TIME_TO_STORE:
                raise LookUpStopped
            events += page
        return events

    def _read_session(self, name: str) -> None:
        """Read the session's requests, and add them to the reconciliation."""
        events: dict[str, Event] = {}
        for region in self.regions:
            for number, page in enumerate(self._look_up(region, BY_SESSION, name)):
                if number == MAX_PAGES_OF_SESSION or self._time_left() < TIME_TO_STORE:
                    self._truncated.add(name)
                    break
                events |= {each.id: each for each in page if each.session_name == name}
        for event in events.values():
            self._reconciliation.add_event(event)
        self._events_by_session[name] = events

    def _look_up(self, region: str, attribute: str, value: str) -> Iterator[list[Event]]:
        """Yield the pages of the period's events with this value. Raise LookUpStopped for an answer
        that Daypass cannot read."""
        since = self._reconciliation.begin
        for page in self._history.look_up(region, attribute, value, since, self._now):
            try:
                yield [build_event(json.loads(text)) for text in page]
            except (ValueError, AttributeError, RecursionError):
                raise LookUpStopped(UNREADABLE) from None

    def _read_entries(self, engagement: str, role_arn: str, vended_to: set[str]) -> Iterator[Entry]:
        """Yield the engagement's entries, and the entries of the role's vends. The vends are those
        to members with a grant, and to members whose sessions CloudTrail names."""
        # A session that was issued before the period can still send requests in it.
        ports, since = self._ports, self._reconciliation.begin - DAY
        query = TrailQuery.until_now(
            since, self._now, engagement=engagement, no_vends=True, limit=PAGE_SIZE
        )
        for page in iterate_trail(ports.trail, query):
            yield from page.items
        granted = {grant.member for grant in ports.state.find_grants_since(engagement, since)}
        # A session name in CloudTrail can be any text, so use only what can be a member's ID.
        possible = {each for each in vended_to if re.fullmatch(SLUG, each, re.ASCII)}
        for member in sorted(granted | possible):
            for vend in group_by_vend(ports.trail.vends(member, since)):
                if vend.intent.details.get("role_arn") == role_arn:
                    yield from vend.entries
