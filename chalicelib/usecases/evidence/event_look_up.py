"""Look up once a day what sessions did, in the CloudTrail of each client that lets Daypass.

Daypass asks as a session of the role that may look up events, and nothing else. The comparison with
the trail has the rule of `daypass reconcile`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import AwsRefused, Conflict, FactsChanged, Unavailable
from chalicelib.domain.evidence.reconciliation.look_ups import (
    EventLookUp,
    find_period,
    is_look_up_due,
)
from chalicelib.domain.evidence.reconciliation.reconciling import LONGEST_VEND, Reconciliation
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.vending.blocks import EVERYTHING, Block, find_block_reason
from chalicelib.domain.verification.probe_variants import PLAIN, Probe, ProbeForm
from chalicelib.domain.verification.schedule import PATIENCE, find_last_due_time
from chalicelib.usecases.evidence.role_events import TOO_SLOW, LookUpStopped, RoleEvents
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SCHEDULE_ACTOR, write_operation
from chalicelib.usecases.verification.probing import record_probe_intent

TIME_FOR_A_ROLE = 300.0
"""Seconds. With less time left, a run leaves the role to the next run. Most roles take a few: each
request waits half a second."""


class _Run(Struct):
    """The state that the look-ups of one run share."""

    ports: Ports
    time_left: Callable[[], float]
    report_failure: Callable[[Exception], None]


def look_up_events(
    ports: Ports,
    *,
    time_left: Callable[[], float],
    report_failure: Callable[[Exception], None],
) -> int:
    """Look up the events of each role whose look-up is due, and compare them with the trail. Return
    the number of roles that could be compared.

    Engagements are looked up side by side, and a failure in one does not affect the others. If a
    run is killed, the next run continues: a role whose result is stored is not due again. Raise
    Unavailable if the tables are unavailable.
    """
    run = _Run(ports, time_left, report_failure)
    now = ports.now()
    roles = list_all(ports.state, Role)
    engagements = ports.state.get_many(Engagement, {(role.engagement,) for role in roles})
    stored = ports.state.get_many(EventLookUp, [role.key for role in roles])
    due = [
        (engagement, role, stored.get(role.key))
        for role in sorted(roles, key=lambda role: role.key)  # the key begins with the engagement
        if (engagement := engagements.get((role.engagement,))) is not None
        and is_look_up_due(engagement, role, stored.get(role.key), now)
    ]
    calls = [
        partial(_look_up_engagement, run, engagement, [(role, last) for _, role, last in group])
        for engagement, group in groupby(due, key=lambda each: each[0])
    ]
    return sum(ports.side_by_side(calls))


def _look_up_engagement(
    run: _Run, engagement: Engagement, roles: Sequence[tuple[Role, EventLookUp | None]]
) -> int:
    """Look up the roles' events, one role after the other, because CloudTrail limits the requests
    of an account. Under a freeze or the client's pause, look up nothing. Return how many roles
    could be compared."""
    ports, compared = run.ports, 0
    try:
        blocks = (ports.state.get(Block, scope) for scope in (EVERYTHING, engagement.id))
        if find_block_reason(*blocks):
            return 0
        for role, last in roles:
            if run.time_left() < TIME_FOR_A_ROLE:
                break
            compared += _look_up_role(run, engagement, role, last)
    except Exception as error:  # noqa: BLE001 - a bug must not prevent the other look-ups
        run.report_failure(error)
    return compared


def _look_up_role(run: _Run, engagement: Engagement, role: Role, last: EventLookUp | None) -> bool:
    """Look up the role's events, and record the result. Return whether it could be compared."""
    ports, now = run.ports, run.ports.now()
    begin, end = find_period(last, now)
    tried = EventLookUp(
        engagement=engagement.id,
        role=role.name,
        tried_at=now,
        compares_from=begin,
        # Until AWS answers, keep whether the last look-up was allowed.
        is_allowed=last.is_allowed if last else False,
        version=last.version + 1 if last else 1,
    )
    operation = Operation(
        action=Action.EVENTS_LOOK_UP,
        engagement=engagement.id,
        role=role.name,
        details={"role_arn": role.arn, "since": rfc3339(begin), "until": rfc3339(end)},
    )
    probe = _begin_probe(ports, engagement, role, operation)
    reconciliation = Reconciliation(engagement.account_id, frozenset({role.arn}), begin, end)
    failure = replace(operation, outcome=Outcome.FAILED)
    try:
        events = RoleEvents(ports, run.time_left, ports.open_event_history(probe), reconciliation)
        events.read(engagement.id)  # also adds what it reads to the reconciliation
    except (AwsRefused, Unavailable) as error:
        _store(ports, replace(failure, reason=error.reason), tried)
        return False
    except LookUpStopped as stopped:
        # Without a text, the run's time was up. The role stays due, so the next run tries again. If
        # that goes on, record it: a flood of requests must not keep the leads from hearing of it.
        is_late = now - find_last_due_time(engagement.id, now) > PATIENCE
        if why := str(stopped) or (TOO_SLOW if is_late else ""):
            _store(ports, _add_details(failure, {"why": why}), tried)
        return False
    if not events.regions:  # AWS denied the look-up in every region
        _store_denial(ports, operation, tried)
        return False
    for vend in reconciliation.list_vends():
        events.store_actions(role, vend)
    # A session can begin this long after its intent. So a comparison leaves out the sessions that
    # begin in its first LONGEST_VEND, and the next one begins that much earlier.
    compared = replace(tried, compares_from=end - LONGEST_VEND, is_allowed=True)
    _store(ports, _add_details(operation, events.describe()), compared)
    return True


def _begin_probe(ports: Ports, engagement: Engagement, role: Role, operation: Operation) -> Probe:
    """Record the intent to look events up, and return the request for a session in the form of the
    role's vends."""
    verification = role.passed_verification(engagement)
    variant = verification.vend_variant if verification else PLAIN
    identity = record_probe_intent(ports, SCHEDULE_ACTOR, operation)
    return identity.build_probe(role.arn, engagement.external_id, ProbeForm(variant))


def _add_details(operation: Operation, details: Mapping[str, str]) -> Operation:
    return replace(operation, details={**operation.details, **details})


def _store_denial(ports: Ports, operation: Operation, tried: EventLookUp) -> None:
    """Store that the client does not let Daypass look events up. If it did the last time, put that
    on the trail, too."""
    denied = replace(tried, is_allowed=False)
    if tried.is_allowed:
        _store(ports, _add_details(operation, {"allowed": "false"}), denied)
        return
    with suppress(FactsChanged):  # another run has stored one
        ports.state.save(denied)


def _store(ports: Ports, operation: Operation, look_up: EventLookUp) -> None:
    """Store the look-up with its entry. If another run has stored one, leave that alone."""
    with suppress(Conflict):
        write_operation(ports, SCHEDULE_ACTOR, operation, [look_up])
