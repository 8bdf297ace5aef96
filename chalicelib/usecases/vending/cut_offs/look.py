"""Look whether a cut-off works. A look uses a canary: a session of the client's role under a
placeholder name, which only Daypass uses. A look changes nothing in the client's account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Reason, Unavailable
from chalicelib.domain.identifiers import build_session_tags
from chalicelib.domain.moments import SHORTEST_SESSION
from chalicelib.domain.policies.brake import CANARY_NAME, build_canary_session_name
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.vending.cut_off import plan
from chalicelib.domain.vending.cut_off.cut_offs import (
    METHODS,
    CutOff,
    CutOffFailed,
    CutOffProblem,
    CutOffStatus,
    Denial,
    RoleCutOffs,
)
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.probe_variants import FULL, SessionAttribute
from chalicelib.usecases.ports import Canary, Ports
from chalicelib.usecases.recording import NO_DETAILS, new_id
from chalicelib.usecases.vending.cut_offs.write import change

EXPLICIT = frozenset({Denial.BOUNDARY, Denial.ROLE_POLICY})
MAX_TRIES = 2
"""How often Daypass tries to get an answer of AWS to a new canary."""
MAX_LEFT_TO_CLIENT = 20
"""The most cut-offs of a role left to the client that one run looks at."""
OFTEN = timedelta(minutes=5)
"""For this time after the request, each run looks whether the client has written a cut-off. After
that, a run does so every fifth minute."""


def build_canary_terms(engagement: Engagement, role: Role) -> Terms:
    """Return the terms with which Daypass assumes the role for a canary.

    They name no member, and have no session policy: `CutOffs.open_canary` sets its own, which
    allows one harmless request.
    """
    verification = role.verification
    variant = verification.vend_variant if verification is not None else FULL
    return Terms(
        role_arn=role.arn,
        external_id=engagement.external_id,
        duration=SHORTEST_SESSION,
        source_identity=CANARY_NAME if SessionAttribute.SOURCE_IDENTITY in variant else None,
        tags=build_session_tags(CANARY_NAME, engagement.id)
        if SessionAttribute.TAGS in variant
        else (),
        session_policy=None,
    )


class RoleCanaries:
    """The canaries of one role during one run. They stay in memory, so that a canary that was
    opened before a change can show its effect."""

    def __init__(self, ports: Ports, engagement: Engagement, role: Role) -> None:
        self._ports, self._terms = ports, build_canary_terms(engagement, role)
        self._opened: dict[tuple[str, str], Canary] = {}

    def look(self, id: str, role_arn: str) -> Denial:
        """Return how AWS answers the canary with this ID, a session of this IAM role. Open the
        canary first if it is not open yet. Return UNKNOWN if AWS did not answer. Raise CutOffFailed
        if AWS refused the session."""
        canary = self._open(id, role_arn)
        return Denial.UNKNOWN if canary is None else canary.look()

    def _open(self, id: str, role_arn: str) -> Canary | None:
        """Return the canary, opened now or earlier. Return None if AWS did not answer. Raise
        CutOffFailed if AWS refused the session."""
        if (id, role_arn) not in self._opened:
            terms, name = replace(self._terms, role_arn=role_arn), build_canary_session_name(id)
            try:
                self._opened[id, role_arn] = self._ports.cut_offs.open_canary(terms, name)
            except Unavailable:
                return None
        return self._opened[id, role_arn]

    def open(self, stored: RoleCutOffs) -> None:
        """Open the canary of the attempt that is about to write. A failure does no harm, because
        the canary is opened again for the test."""
        with suppress(CutOffFailed):
            self._open(stored.writing, stored.role_arn)

    def look_anew(self, stored: RoleCutOffs) -> Denial:
        """Return how AWS answers a new canary, which no policy names. Try again if AWS does not
        answer. Return UNKNOWN if AWS still does not answer, or if it refuses the session."""
        for try_count in range(MAX_TRIES):
            try:
                denial = self.look(new_id(self._ports), stored.role_arn)
            except CutOffFailed:
                break
            if denial is not Denial.UNKNOWN:
                return denial
            self._ports.pause(try_count)
        return Denial.UNKNOWN

    def is_allowed(self, stored: RoleCutOffs) -> bool:
        """Return whether AWS answers a new canary of the role without naming an explicit deny."""
        return self.look_anew(stored) not in (*EXPLICIT, Denial.UNKNOWN)

    def is_denied_alone(self, id: str, role_arn: str, denials: Iterable[Denial]) -> bool:
        """Return whether AWS denies this canary, but answers a new canary differently. The client's
        own policies may deny this request to every session. In that case, a denial proves
        nothing."""
        denial = self.look(id, role_arn)
        return denial in denials and self.is_other_answer(denial, role_arn)

    def is_other_answer(self, denial: Denial, role_arn: str) -> bool:
        """Return whether AWS gives a different answer than this denial to a new canary, which no
        policy names."""
        other = self.look(new_id(self._ports), role_arn)
        return other not in (denial, Denial.UNKNOWN)


def look_at_written(ports: Ports, stored: RoleCutOffs, canaries: RoleCanaries) -> str:
    """Look whether AWS denies the canary of what Daypass wrote last: the session of its own that
    the policy names for this purpose. If so, record the cut-offs as seen to work. If not, although
    IAM has had time to apply the policy, record that the policy is not in force.

    Return the field of the run's summary in which to count the result, or empty text. Raise
    Conflict if someone else changed the item meanwhile.
    """
    problem = CutOffProblem.NOT_IN_FORCE
    try:
        denial = canaries.look(stored.canary, stored.role_arn)
        if _shows_cut_off(stored, denial, canaries):
            changed = plan.record_seen(stored, ports.now())
            details = _describe(stored, _list_seen(stored, changed))
            change(ports, changed, Action.CUT_OFF_SEE, details)
            return "seen"
        if _look_at_earlier_canaries(ports, stored, canaries):
            return "seen"
    except CutOffFailed as error:
        problem = error.problem
    if not plan.is_look_overdue(stored, ports.now()):
        return ""
    changed = plan.record_not_in_force(stored, ports.now(), problem)
    # Leads are notified of the same problem once.
    again = "true" if problem is stored.reported_problem else ""
    ids = _list_written(stored, ports.now())
    details = {**_describe(stored, ids), "again": again}
    change(ports, changed, Action.CUT_OFF_SEE, details, Outcome.FAILED, problem)
    return "failed"


def _look_at_earlier_canaries(ports: Ports, stored: RoleCutOffs, canaries: RoleCanaries) -> bool:
    """Look whether AWS denies the canary of an earlier version of the brake. If so, record the
    cut-offs of that version as seen to work, and return True."""
    for canary in stored.list_unseen_canaries(ports.now()):
        if canary == stored.canary:
            continue
        denial = canaries.look(canary, stored.role_arn)
        if _shows_cut_off(stored, denial, canaries):
            changed = plan.record_seen_earlier(stored, canary, ports.now())
            details = _describe(stored, _list_seen(stored, changed)) | {"canary": canary}
            change(ports, changed, Action.CUT_OFF_SEE, details)
            return True
    return False


def _shows_cut_off(stored: RoleCutOffs, denial: Denial, canaries: RoleCanaries) -> bool:
    """Return whether this answer to a canary shows that the policy of Daypass's method denies
    it."""
    method = METHODS.get(stored.method)
    if method is None or denial is not method.denial:
        return False
    # A shut role denies every session, so a new canary is no comparison. The denial shows that
    # Daypass shut the role only if AWS did not deny a canary before.
    if not method.is_reversible:
        return stored.was_allowed
    return canaries.is_other_answer(denial, stored.role_arn)


def look_as_requested(ports: Ports, stored: RoleCutOffs, canaries: RoleCanaries) -> str:
    """Look as a check of the cut-off requested, and record the result.

    For a shut role, the look shows whether the client has reopened it. For a brake, it shows
    whether AWS still denies the brake's canary. If AWS does not, Daypass writes the brake again. An
    unclear answer changes nothing.

    Return the field of the run's summary in which to count the result, or empty text. Raise
    Conflict if someone else changed the item meanwhile.
    """
    before, now = stored, ports.now()
    if stored.shut_at is not None:
        denial = canaries.look_anew(stored)
        if denial in EXPLICIT:
            stored = replace(stored, shut_seen_at=now)
        elif denial is not Denial.UNKNOWN:
            stored = stored.without_deny_all()
    # The role is still shut, or the client has reopened it and there is no brake to look at.
    if stored.shut_at is not None or not plan.has_brake_in_account(stored):
        is_clear = stored is not before  # only a clear answer has changed the item
        _record_look(ports, before, plan.end_look(stored), reason="" if is_clear else _NO_ANSWER)
        return ""
    reason: str = _NO_ANSWER
    try:
        denial = canaries.look(stored.canary, stored.role_arn)
        if _shows_cut_off(stored, denial, canaries):
            _record_look(ports, before, plan.record_seen(stored, now), {"passed": "true"})
            return "seen"
        if denial in (Denial.ALLOWED, Denial.OTHER):
            # AWS denied this canary before, so someone at the client has changed the brake.
            released = "true" if stored.canary_seen_at is not None else ""
            details = {
                "passed": "false",
                "failed": CutOffCheck.BRAKE.value,
                "problem": CutOffProblem.NOT_IN_FORCE.value,
                "changed": "true",  # leads are notified of a result that has changed
                "released": released,
            }
            _record_look(ports, before, plan.request_repair(stored, now), details)
            return "failed"
    except CutOffFailed as error:
        reason = error.problem
    # AWS did not answer, or named another policy. AWS names only one of those that deny a request,
    # so the brake may be in force all the same.
    _record_look(ports, before, plan.end_look(stored), reason=reason)
    return ""


_NO_ANSWER = Reason.AWS_UNREACHABLE.value


def _record_look(
    ports: Ports,
    before: RoleCutOffs,
    after: RoleCutOffs,
    details: Mapping[str, str] = NO_DETAILS,
    reason: str = "",
) -> None:
    """Record the result of a look that a check requested, and store the item after it. `reason`
    says why the look showed nothing."""
    reopened = "true" if before.shut_at is not None and after.shut_at is None else ""
    details = {"role_arn": before.role_arn, "reopened": reopened, **details}
    outcome = Outcome.FAILED if reason else Outcome.DONE
    change(ports, after, Action.CUT_OFF_CHECK, details, outcome, reason)


def look_at_written_by_client(ports: Ports, stored: RoleCutOffs, canaries: RoleCanaries) -> str:
    """Look whether the client's administrator has written the cut-offs that Daypass left to them,
    and record each cut-off that works.

    Return the field of the run's summary in which to count the result, or empty text. Raise
    Conflict if someone else changed the item meanwhile.
    """
    now, result = ports.now(), ""
    # The earliest come first. The others wait for a run in which fewer are due.
    due = [each for each in plan.list_left_to_client(stored, now) if _is_due(each, now)]
    for cut_off in due[:MAX_LEFT_TO_CLIENT]:
        role_arn = cut_off.role_arn or stored.role_arn
        # The policy that Daypass gives the client's administrator (`build_cut_off_view`) also
        # denies a canary, a test session of Daypass, with the cut-off's ID. The denial counts only
        # if AWS does not deny a canary with a new ID in the same way.
        try:
            is_denied = canaries.is_denied_alone(cut_off.id, role_arn, EXPLICIT)
        except CutOffFailed:
            continue
        if is_denied:
            stored = plan.record_seen_of_client(stored, cut_off.id, ports.now())
            details = {**_describe(stored, [cut_off.id]), "canary": "", "written_by": "client"}
            change(ports, stored, Action.CUT_OFF_SEE, details)
            result = "seen"
    return result


def _is_due(cut_off: CutOff, now: datetime) -> bool:
    """Return whether this run, one of each minute, looks at a cut-off that is left to the
    client."""
    age = now - cut_off.requested_at
    return age < OFTEN or int(age.total_seconds() // 60) % 5 == 0


def _list_written(stored: RoleCutOffs, now: datetime) -> list[str]:
    return [e.id for e in plan.list_pending(stored, now) if e.status is CutOffStatus.WRITTEN]


def _list_seen(before: RoleCutOffs, after: RoleCutOffs) -> list[str]:
    """Return the IDs of the cut-offs that this look shows for the first time."""
    pairs = zip(before.cut_offs, after.cut_offs, strict=True)
    return [new.id for old, new in pairs if old.status is not new.status]


def _describe(stored: RoleCutOffs, ids: Iterable[str]) -> dict[str, str]:
    """Return the details of the trail entry about a look at these cut-offs."""
    return {
        "method": stored.method.value,
        "role_arn": stored.role_arn,
        "cut_offs": " ".join(ids),
        "canary": stored.canary,
        "drill": "" if stored.drill_requested_at is None else "true",
    }
