"""A scene with live sessions and a brake, the job that works on cut-offs, and faults."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.policies.brake import CutOffNames
from chalicelib.domain.policies.documents import Document
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.cut_off.cut_offs import CutOffStatus, Denial, RoleCutOffs
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.cut_offs.work import CutOffSummary, work_cut_offs
from tests.builders import ROLE_ARN, Scene, a_grant, a_member, a_token
from tests.fakes import NOON, Killed
from tests.fakes.cut_offs import FakeBrake, decide
from tests.usecases.vending.revocations import REVOCATIONS, a_scene_with_two_roles

CUT_OFF_ID = "daypass-cutoffcutoffcutoffcutoffcutoffcuto"
NAMES = CutOffNames(ROLE_ARN)
RUN = 180.0  # seconds: the function's timeout
HOUR = timedelta(hours=1)


def a_scene_with_sessions(method: CutOffMethod = CutOffMethod.BRAKE, *members: str) -> Scene:
    """Return a scene in which alice, bob and other members each have a session of acme-prod's role
    `readonly`, whose client created what the method needs."""
    scene = a_scene_with_two_roles()
    for engagement in scene.find(Engagement):
        external_id = None if method is CutOffMethod.NONE else CUT_OFF_ID
        scene.add(replace(engagement, cut_off=method, cut_off_external_id=external_id))
    if method is CutOffMethod.BRAKE:
        scene.world.iam.create_brake(ROLE_ARN, CUT_OFF_ID)
        scene.world.roles[ROLE_ARN].boundary = NAMES.brake_arn
    elif method is CutOffMethod.DENY_ALL:
        scene.world.iam.create_deny_all(ROLE_ARN, CUT_OFF_ID)
    scene.add(*(item for name in members for item in (a_member(name), a_token(name))))
    scene.add(*(a_grant(name) for name in ("bob", *members)))
    for member in ("alice", "bob", *members):
        vended(scene, member)
    return scene


def vended(scene: Scene, member: str = "alice") -> str:
    """Vend a session, and return its name."""
    return scene.vend(member).session_name


def stored(scene: Scene) -> RoleCutOffs:
    return scene.stored(RoleCutOffs, "acme-prod", "readonly")


def brake(scene: Scene) -> FakeBrake:
    return scene.world.iam.brakes[NAMES.brake_arn]


def is_denied(scene: Scene, session_name: str, issued_at: datetime = NOON) -> bool:
    """Return whether AWS denies the session now."""
    denial = decide(scene.world, ROLE_ARN, session_name, issued_at, action="s3:ListBucket")
    return denial in (Denial.BOUNDARY, Denial.ROLE_POLICY)


def is_cut_off(scene: Scene, member: str = "alice") -> bool:
    """Return whether AWS denies the member's first session now."""
    intent = next(each for each in scene.entries if each.actor == member and each.vend)
    return is_denied(scene, intent.details["session_name"])


def are_seen(scene: Scene) -> bool:
    """Return whether the role has cut-offs, and all were seen working."""
    return {each.status for each in stored(scene).cut_offs} == {CutOffStatus.SEEN}


def run_job(scene: Scene, ports: Ports | None = None, *, seconds: float = RUN) -> CutOffSummary:
    """Run the job once. It must report no failure."""
    failures: list[Exception] = []
    summary = run_job_with_failures(scene, failures, ports, seconds=seconds)
    assert not failures
    return summary


def run_job_with_failures(
    scene: Scene, failures: list[Exception], ports: Ports | None = None, *, seconds: float = RUN
) -> CutOffSummary:
    end = scene.clock + timedelta(seconds=seconds)
    return work_cut_offs(
        ports or scene.ports,
        time_left=lambda: (end - scene.clock).total_seconds(),
        report_failure=failures.append,
    )


def run_jobs_until_over(scene: Scene, minutes: int = 70) -> None:
    """Run the job each minute until all sessions have expired."""
    for _ in range(minutes):
        before = scene.clock
        run_job(scene)
        scene.world.clock = max(scene.clock, before + timedelta(minutes=1))


def entries_of(scene: Scene, action: Action, outcome: Outcome | None = None) -> list[Entry]:
    return [
        entry
        for entry in scene.entries
        if entry.action is action and outcome in (None, entry.outcome)
    ]


def revoke(scene: Scene, name: str = "grant revoked") -> None:
    """Revoke, and let the kicks be lost: the tests run the job themselves."""
    revocation = REVOCATIONS[name](scene)
    assert not revocation.cut_offs_missing


def assert_records_are_true(scene: Scene) -> None:
    """Nothing is recorded as written that IAM did not accept, and nothing as seen that was not in
    force."""
    if NAMES.brake_arn not in scene.world.iam.brakes:
        return
    accepted = {str(policy): at for at, policy in brake(scene).defaults}
    for entry in entries_of(scene, Action.CUT_OFF_WRITE, Outcome.DONE):
        canary = entry.details["canary"]
        assert any(canary in policy for policy in accepted), "reported as written"
    for entry in entries_of(scene, Action.CUT_OFF_SEE, Outcome.DONE):
        if canary := entry.details.get("canary"):
            assert canary in str(policies_in_force(scene, entry.at)), "reported as seen"
    for cut_off in stored(scene).cut_offs:
        assert (cut_off.seen_at is not None) is (cut_off.status is CutOffStatus.SEEN)


def policies_in_force(scene: Scene, at: datetime) -> list[Document]:
    """Return the brake's policies that were in force at that moment. The clock may stand still."""
    defaults = brake(scene).defaults
    ends = [accepted for accepted, _ in defaults[1:]] + [datetime.max.replace(tzinfo=UTC)]
    pairs = zip(defaults, ends, strict=True)
    return [policy for (accepted, policy), end in pairs if accepted <= at <= end]


@dataclass(slots=True)
class Faults:
    """A fault at the nth call of a port.

    `before` acts before the call has its effect, and `after` once it has had it.
    """

    nth: int
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    calls: list[str] = field(default_factory=list)

    def ports(self, scene: Scene) -> Ports:
        ports = scene.ports
        return replace(
            ports,
            state=_Faulty(ports.state, self),  # type: ignore[arg-type]
            cut_offs=_Faulty(ports.cut_offs, self),  # type: ignore[arg-type]
        )


@dataclass(frozen=True, slots=True)
class _Faulty:
    port: Any
    faults: Faults

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            faults = self.faults
            faults.calls.append(name)
            is_hit = len(faults.calls) == faults.nth
            if is_hit:
                faults.before()
            result = getattr(self.port, name)(*arguments, **keywords)
            if is_hit:
                faults.after()
            is_session = name in ("assume", "open_canary")
            return _Faulty(result, faults) if is_session else result

        return call


def no_answer() -> None:
    raise Unavailable(Reason.AWS_THROTTLED)


def die() -> None:
    raise Killed


FAULTS: dict[str, dict[str, Callable[[], None]]] = {
    "throttled, or no connection": {"before": no_answer},
    "timeout after the effect": {"after": no_answer},
    "killed before": {"before": die},
    "killed after": {"after": die},
}
