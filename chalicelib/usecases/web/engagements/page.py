"""Read an engagement's page: its state, roles, grants, live sessions and latest trail entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.role_grades import GradedRole, grade_role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.onboarding.next_step import NextStep, StepKind, choose_next_step
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import CLIENT
from chalicelib.domain.requests.view import RequestRow
from chalicelib.domain.text import join_words
from chalicelib.domain.trail import Entry, Outcome, TrailQuery
from chalicelib.domain.values import Value
from chalicelib.domain.vending.session_states import ListedSession, SessionCount, count_sessions
from chalicelib.usecases.engagements.listing import EngagementRow, read_engagement
from chalicelib.usecases.lists import list_unread, read_part, read_parts
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.listing import list_requests
from chalicelib.usecases.requests.policies import list_client_approvers
from chalicelib.usecases.vending.sessions import list_sessions_with_states

ROWS = 25
WAITING_SHOWN = 4
ENTRIES_READ = 150
ENTRIES_SHOWN = 10
NAMES_SHOWN = 5
_ENTRIES_SINCE = timedelta(days=400)


class EngagementDetails(Value, frozen=True, kw_only=True):
    """The content of an engagement's page. A part is None if it could not be read."""

    row: EngagementRow
    graded_roles: tuple[GradedRole, ...]
    """The roles with their grades, those in use first."""
    client_step: str
    """The client's next step in a sentence. It means nothing if the roles could not be read."""
    waits_for_client: bool
    """True if the client has something to do at their page."""
    waiting: Page[RequestRow] | None
    """The engagement's requests that wait for a decision."""
    grants: Page[Grant] | None
    """The first page of the grants, by member."""
    sessions: Page[ListedSession] | None
    """The sessions that may be alive, latest first."""
    entries: tuple[Entry, ...] | None
    """The latest trail entries, newest first."""
    unread: tuple[str, ...]
    """The parts that could not be read, as words for a sentence."""

    @property
    def engagement(self) -> Engagement:
        return self.row.engagement

    @property
    def count(self) -> SessionCount:
        listed = self.sessions.items if self.sessions is not None else ()
        return count_sessions({each.session.vend: each.state for each in listed})

    @property
    def shut_arns(self) -> frozenset[str]:
        return frozenset(each.role_arn for each in self.row.shut)


def read_engagement_page(
    ports: Ports, caller: Caller, engagement_id: str, *, grants_cursor: str = ""
) -> EngagementDetails:
    """Return the content of the engagement's page as the caller sees it.

    Raise NotFound if the engagement does not exist, and Unavailable if it cannot be read.
    """
    of_engagement: dict[str, Any] = {"engagement": engagement_id, "limit": ROWS}
    parts = read_parts(
        ports,
        {
            "the engagement": partial(read_engagement, ports, engagement_id),
            "the grants": partial(ports.state.list, Grant, cursor=grants_cursor, **of_engagement),
            "the sessions": partial(
                list_sessions_with_states, ports, with_given_back=True, **of_engagement
            ),
            "the trail": partial(_read_latest_entries, ports, engagement_id),
            "the undecided requests": partial(
                list_requests, ports, caller, engagement=engagement_id
            ),
        },
    )
    row, grants, sessions, entries, waiting = parts.values()
    if row is None:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)
    now, engagement = ports.now(), row.engagement
    # The step does not say whether the client has checked the removal, which only links record.
    step = choose_next_step(engagement, row.roles or (), now, removal_checked=False)
    graded = [grade_role(engagement, role, now) for role in row.roles or ()]
    return EngagementDetails(
        row=row,
        graded_roles=tuple(sorted(graded, key=lambda each: not each.is_in_use)),
        client_step=_describe_client_step(ports, engagement.id, step, waiting or Page((), "")),
        waits_for_client=step.is_for_client,
        waiting=waiting,
        grants=grants,
        sessions=sessions,
        entries=entries,
        unread=list_unread({"the roles": row.roles, **parts}),
    )


def _describe_client_step(
    ports: Ports, engagement: str, step: NextStep, waiting: Page[RequestRow]
) -> str:
    """Return what the client has to do: the step on their page, and the requests to answer."""
    answer = _describe_clients_answer(ports, engagement, waiting)
    if not answer:
        return step.text
    return answer if step.kind is StepKind.DONE else f"{step.text} {answer}"


def _describe_clients_answer(ports: Ports, engagement: str, requests: Page[RequestRow]) -> str:
    """Return a sentence on the requests that the client has to answer, and who can answer them.
    Empty if there is none."""
    names = [
        f"the request of {each.member} for {each.role}"
        for each in requests.items
        if CLIENT in each.waiting_for
    ]
    if not names:
        return ""
    people = read_part(partial(list_client_approvers, ports, engagement)) or ()
    able = sorted(each.name for each in people)[:NAMES_SHOWN]
    can = f" {' or '.join(able)} can do that." if able else ""
    return f"Answer {join_words(names)}.{can}"


def _read_latest_entries(ports: Ports, engagement: str) -> tuple[Entry, ...]:
    """Return the engagement's latest trail entries, newest first."""
    now = ports.now()
    query = TrailQuery(
        since=now - _ENTRIES_SINCE,
        until=now + MAX_CLOCK_LEAD,
        engagement=engagement,
        limit=ENTRIES_READ,
    )
    return _select_latest(ports.trail.page(query).items)


def _select_latest(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the latest entries, newest first. Leave out an intent that is not a vend's if a later
    entry shows its outcome. Keep the entries of the last vend together."""
    with_outcome: set[tuple[str, str]] = set()
    latest: list[Entry] = []
    for entry in entries:
        operation = entry.action.value, entry.role
        if not entry.vend and entry.outcome is not Outcome.INTENDED:
            with_outcome.add(operation)
        elif not entry.vend and operation in with_outcome:
            with_outcome.remove(operation)
            continue
        is_of_last_vend = bool(entry.vend) and bool(latest) and entry.vend == latest[-1].vend
        if len(latest) >= ENTRIES_SHOWN and not is_of_last_vend:
            break
        latest.append(entry)
    return tuple(latest)
