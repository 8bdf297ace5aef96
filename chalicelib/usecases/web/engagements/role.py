"""Read a role's page: its settings, and the reports on its last check and on its cut-off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.engagements.role_grades import GradedRole, grade_role
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import build_effective_policy
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole
from chalicelib.domain.vending.cut_off.view import CutOffView, build_cut_off_view
from chalicelib.domain.verification.report import CutOffReport, Report
from chalicelib.usecases.engagements.listing import EngagementBasics, read_basics
from chalicelib.usecases.lists import pick
from chalicelib.usecases.onboarding.role_setup import build_spec_with_setup
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.policies import ALL_ROLES
from chalicelib.usecases.verification.report import build_cut_off_report, build_report


class RolePage(Value, frozen=True, kw_only=True):
    """The content of a role's page."""

    basics: EngagementBasics
    graded: GradedRole
    setup: RoleSetup
    report: Report | None
    """The report on the last check. None if the role was never checked."""
    cut_off: CutOffReport | None
    """The report on the last check of the cut-off. None if the engagement has no method for
    cut-offs."""
    shut: ShutRole | None
    """The role, if Daypass shut it and the client has to release it."""
    cut_offs: tuple[CutOffView, ...]
    """The cut-offs whose sessions may be alive."""
    policy: ApprovalPolicy
    """The approval policy in force."""
    has_own_policy: bool


def read_role_page(ports: Ports, engagement_id: str, role_name: str) -> RolePage:
    """Return the content of the role's page. Raise NotFound if the engagement or the role does not
    exist, and Unavailable if one cannot be read."""
    basics, now = read_basics(ports, engagement_id), ports.now()
    if basics.roles is None:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)
    role = next((role for role in basics.roles if role.name == role_name), None)
    if role is None:
        raise NotFound(Reason.NO_SUCH_ROLE)
    policy_keys: list[MixedKey] = [
        (ApprovalPolicy, (engagement_id, name)) for name in (role_name, ALL_ROLES)
    ]
    own: list[MixedKey] = [(kind, role.key) for kind in (RoleSetup, CutOffProof)]
    items = ports.state.get_together([*own, *policy_keys])
    engagement, stored = (
        basics.engagement,
        [each for each in basics.cut_offs if each.role == role_name],
    )
    setup = pick(items, RoleSetup, *role.key) or RoleSetup(engagement=engagement_id, role=role_name)
    proof = pick(items, CutOffProof, *role.key)
    cut_off = build_cut_off_report(engagement, role, proof, next(iter(stored), None))
    spec = build_spec_with_setup(ports, engagement, role, setup)
    policies = {each.role: each for each in items.values() if isinstance(each, ApprovalPolicy)}
    return RolePage(
        basics=basics,
        graded=grade_role(engagement, role, now),
        setup=setup,
        report=build_report(engagement, role, spec, cut_off),
        cut_off=cut_off,
        shut=next((each for each in basics.shut if each.role == role_name), None),
        cut_offs=build_cut_off_views(stored, now),
        policy=build_effective_policy(engagement, policies, role_name),
        has_own_policy=role_name in policies,
    )


def build_cut_off_views(stored: Sequence[RoleCutOffs], now: datetime) -> tuple[CutOffView, ...]:
    return tuple(
        build_cut_off_view(item, cut_off, now) for item in stored for cut_off in item.cut_offs
    )
