"""Change a client's account for the cut-offs of a role: write the brake, shut the role, or
release the brake.

Each attempt is recorded twice: before it begins, and with its result. While an attempt may still
change something, no other run begins one for the same role.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.errors import Conflict, Reason, Unavailable
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off import plan
from chalicelib.domain.vending.cut_off.brake_version import build_brake_version, is_widened
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOffAccess,
    CutOffFailed,
    CutOffProblem,
    RoleCutOffs,
)
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import CutOffRole, Ports
from chalicelib.usecases.recording import (
    SCHEDULE_ACTOR,
    SystemActor,
    new_id,
    retry_on_conflict,
    write_operation,
)

DELETIONS_AT_ONCE = 5
"""How many versions Daypass tries to delete before it tries to write again."""
REACH = 20
"""How many numbers above and below the last version the first attempt tries to delete. Each further
attempt tries as many more."""
LARGEST_REACH = 100


class Brake:
    """The brake of one role, a managed policy in the client's account, during one attempt to write
    a version of it.

    `versions` are the IDs of versions that Daypass wrote, the newest last. Writing and deleting
    keep them up to date. `try_count` is the number of the attempt. `may_continue` returns whether
    there is time for a change.
    """

    def __init__(
        self, *, arn: str, versions: list[str], try_count: int, may_continue: Callable[[], bool]
    ) -> None:
        self.arn, self.versions = arn, versions
        self._reach = min(REACH * max(try_count, 1), LARGEST_REACH)
        self._may_continue = may_continue

    def require_time(self) -> None:
        """Raise Unavailable if there is no time for another change."""
        if not self._may_continue():
            raise Unavailable(Reason.AWS_UNREACHABLE)

    def write(self, session: CutOffRole, text: str) -> None:
        """Create a version with this text as the default version.

        First delete the versions that Daypass wrote, except the newest, which is the default one.
        If the policy still has five versions, the most that IAM allows, someone else wrote some, or
        an attempt was interrupted. Daypass may not list versions, so it tries to delete those with
        numbers near the newest. IAM never deletes the default version.

        Raise CutOffFailed if AWS refuses, and Unavailable if it may have accepted the version.
        """
        for version in self.versions[:-1]:
            self._delete(session, version)
        unknown_versions = self._list_unknown()
        while not self._try_to_write(session, text):
            batch = list(islice(unknown_versions, DELETIONS_AT_ONCE))
            if not batch:
                raise CutOffFailed(CutOffProblem.TOO_MANY_VERSIONS)
            for version in batch:
                self._delete(session, version)

    def _try_to_write(self, session: CutOffRole, text: str) -> bool:
        """Write the version. Return False if IAM refuses it because the policy has five versions
        already."""
        self.require_time()
        try:
            version = session.write_version(self.arn, text)
        except CutOffFailed as error:
            if error.problem is CutOffProblem.TOO_MANY_VERSIONS:
                return False
            raise
        self.versions.append(version)
        return True

    def _delete(self, session: CutOffRole, version: str) -> None:
        """Delete the version, and drop it from `versions`. IAM keeps the default version."""
        self.require_time()
        try:
            session.delete_version(self.arn, version)
        except CutOffFailed as error:
            # The port reports IAM's DeleteConflict as TOO_MANY_VERSIONS: this is the default
            # version. All other problems end the attempt.
            if error.problem is not CutOffProblem.TOO_MANY_VERSIONS:
                raise
        else:
            self.versions[:] = [each for each in self.versions if each != version]

    def _list_unknown(self) -> Iterator[str]:
        """Yield the IDs of versions that may exist beside those that Daypass wrote: first those
        after Daypass's newest version, then those before it, then those from v1 on."""
        last = max((int(version[1:]) for version in self.versions), default=0)
        numbers = [
            *range(last + 1, last + 1 + self._reach),
            *range(last - 1, max(last - 1 - self._reach, 0), -1),
            *range(1, self._reach + 1),
        ]
        return (f"v{number}" for number in dict.fromkeys(numbers) if number != last)


PATIENCE = timedelta(seconds=5)
"""How long the result of an attempt is retried while others change the item."""


class Attempt(Value):
    """One attempt to change something in a client's account, recorded before it begins."""

    item: RoleCutOffs
    """The item as the attempt stored it."""
    action: Action
    began_at: datetime
    ids: tuple[str, ...]
    """The IDs of the cut-offs that the attempt writes. Empty if it releases the brake, or is a
    drill."""
    sharing: tuple[RoleCutOffs, ...]
    """The items of other roles in Daypass whose cut-offs belong in the same brake."""

    @property
    def is_widened(self) -> bool:
        """Return whether the policy ends everyone's sessions, because the names do not fit."""
        return self.item.is_reversible and is_widened(self.item, self.began_at, self.sharing)

    @property
    def details(self) -> dict[str, str]:
        """Return the details of the attempt's trail entries."""
        return {
            "method": self.item.method.value,
            "role_arn": self.item.role_arn,
            "canary": self.item.writing,
            "cut_offs": " ".join(self.ids),
            "try": str(self.item.try_count),
            "widened": "everyone" if self.is_widened else "",
        }


def begin_attempt(
    ports: Ports,
    stored: RoleCutOffs,
    action: Action,
    *,
    listed: Iterable[RoleCutOffs],
    canary_was_allowed: bool = False,
) -> Attempt | None:
    """Store the item, claimed for a new attempt to change the client's account, with a trail entry
    that says so. Return None if someone else changed the item meanwhile, such as another run, or if
    an attempt for another role in Daypass may be writing the same brake.

    `listed` are the items of the list of all, read about a second ago. `canary_was_allowed` is true
    if AWS has just allowed a session of Daypass's own (a canary). The item keeps that: with
    `deny-all`, only then a later denial shows that Daypass shut the role.
    """
    sharing = _find_sharing(ports, stored, listed) if stored.is_reversible else ()
    now = ports.now()
    claims = [each.claimed_until for each in sharing if each.role_arn == stored.role_arn]
    if any(until is not None and now < until for until in claims):
        return None
    claimed = plan.claim(stored, new_id(ports), now, was_allowed=canary_was_allowed)
    attempt = Attempt(
        item=claimed,
        action=action,
        began_at=now,
        ids=tuple(each.id for each in plan.list_writable(claimed, now)),
        sharing=sharing,
    )
    try:
        change(ports, claimed, action, attempt.details, Outcome.INTENDED)
    except Conflict:
        return None
    return attempt


def _find_sharing(
    ports: Ports, stored: RoleCutOffs, listed: Iterable[RoleCutOffs]
) -> tuple[RoleCutOffs, ...]:
    """Return the items of other roles in Daypass that have this IAM role, or cut-offs of it. A new
    version of the brake must not undo what is written for them."""
    # `listed` lacks items that have nothing to do. The engagement's own list has them, and is a
    # consistent read.
    own = list_all(ports.state, RoleCutOffs, engagement=stored.engagement)
    others = {each.key: each for each in (*listed, *own) if each.key != stored.key}
    return tuple(
        each
        for each in others.values()
        if stored.role_arn in (each.role_arn, *(cut_off.role_arn for cut_off in each.cut_offs))
    )


def make_attempt(ports: Ports, attempt: Attempt, engagement: Engagement) -> RoleCutOffs | None:
    """Make the change in the client's account, record its result, and return the role's item of
    cut-offs. Return None if another attempt has claimed the role meanwhile.

    Raise Unavailable if the result cannot be recorded. The next attempt then writes again.
    """
    item, problem = attempt.item, None
    brake = Brake(
        arn=item.names.brake_arn,
        versions=list(item.versions),
        try_count=item.try_count,
        may_continue=lambda: ports.now() < attempt.began_at + plan.TIME_FOR_A_WRITE,
    )
    try:
        _change_account(ports, attempt, engagement, brake)
    except CutOffFailed as error:
        problem = error.problem
    except Unavailable:
        problem = CutOffProblem.AWS_UNREACHABLE
    # `_change_account` has updated the versions, even if it failed.
    return _record_result(ports, attempt, problem, brake.versions)


def _change_account(ports: Ports, attempt: Attempt, engagement: Engagement, brake: Brake) -> None:
    """Write the brake, or shut the role. Raise CutOffFailed if AWS refused, and Unavailable if it
    may have accepted the change."""
    item = attempt.item
    if engagement.cut_off_external_id is None:
        raise CutOffFailed(CutOffProblem.CUT_OFF_ROLE_REFUSED)
    access = CutOffAccess(
        role_arn=item.names.cut_off_role_arn, external_id=engagement.cut_off_external_id
    )
    WRITERS[item.method](attempt, ports.cut_offs.assume(access), brake)


def _write_brake(attempt: Attempt, session: CutOffRole, brake: Brake) -> None:
    item = attempt.item
    policy = build_brake_version(item, attempt.began_at, item.writing, attempt.sharing)
    brake.write(session, json.dumps(policy, separators=(",", ":")))


def _attach_deny_all(attempt: Attempt, session: CutOffRole, brake: Brake) -> None:
    brake.require_time()
    names = attempt.item.names
    session.attach_policy(names.role_name, names.deny_all_arn)


WRITERS: Mapping[CutOffMethod, Callable[[Attempt, CutOffRole, Brake], None]] = {
    CutOffMethod.BRAKE: _write_brake,
    CutOffMethod.DENY_ALL: _attach_deny_all,
}
"""How each method changes the client's account."""


def _record_result(
    ports: Ports, attempt: Attempt, problem: CutOffProblem | None, versions: list[str]
) -> RoleCutOffs | None:
    """Record the result on the item as it is stored now, and return the item.

    Return None if another attempt has claimed the role. In that case, this attempt may have
    replaced the other one's policy. If so, record that, and let Daypass write everything again.
    """
    item = attempt.item

    def record_once(_: SystemActor) -> RoleCutOffs | None:
        current = ports.state.get(RoleCutOffs, *item.key)
        if current is None:
            return None
        now, details, failure = ports.now(), attempt.details, ""
        if current.writing != item.writing:  # another attempt's canary
            if problem not in (None, CutOffProblem.AWS_UNREACHABLE):
                return None  # AWS refused, so this attempt has certainly changed nothing
            changed, failure = plan.request_rewrite(current), "superseded"
        elif problem is None:
            changed = plan.record_written(current, attempt.ids, now, versions)
        else:
            changed, failure = plan.record_failure(current, problem, now, versions), problem
            details["again"] = "true" if problem is item.reported_problem else ""
            details["given_up"] = "true" if item.denies and not changed.denies else ""
        outcome = Outcome.FAILED if failure else Outcome.DONE
        change(ports, changed, attempt.action, details, outcome, failure)
        return changed if current.writing == item.writing else None

    return retry_on_conflict(ports, SCHEDULE_ACTOR, record_once, PATIENCE)


def change(
    ports: Ports,
    item: RoleCutOffs,
    action: Action,
    details: Mapping[str, str],
    outcome: Outcome = Outcome.DONE,
    reason: str = "",
) -> None:
    """Write the item and the trail entry in one transaction. Raise Conflict if someone else changed
    the item meanwhile."""
    operation = Operation(
        action=action,
        outcome=outcome,
        reason=reason,
        engagement=item.engagement,
        role=item.role,
        details=details,
    )
    write_operation(ports, SCHEDULE_ACTOR, operation, [item])
