"""Read a role's page: its settings, and the reports on its last check and on its cut-off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import build_effective_policy
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole, list_shut_roles
from chalicelib.domain.vending.cut_off.view import CutOffView, build_cut_off_view
from chalicelib.domain.verification.cut_off_report import CutOffReport
from chalicelib.domain.verification.report import Report
from chalicelib.domain.web.role_reports import ShownRole, describe_role
from chalicelib.usecases.lists import pick
from chalicelib.usecases.onboarding.role_setup import build_spec_with_setup
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.policies import ALL_ROLES
from chalicelib.usecases.verification.cut_off.report import build_cut_off_report
from chalicelib.usecases.verification.report import build_report
from chalicelib.usecases.web.engagements.page import EngagementBasics, basic_keys, find_basics


class RolePage(Value, frozen=True, kw_only=True):
    """The content of a role's page."""

    basics: EngagementBasics
    role: Role
    shown: ShownRole
    setup: RoleSetup
    report: Report | None
    """The report on the last check. None if the role was never checked."""
    cut_off: CutOffReport | None
    """The report on the last check of the cut-off. None if the engagement has no method for
    cut-offs."""
    shut: ShutRole | None
    """The role, if Daypass shut it and the client has to reopen it."""
    cut_offs: tuple[CutOffView, ...]
    """The cut-offs whose sessions may be alive."""
    policy: ApprovalPolicy
    """The approval policy in force."""
    has_own_policy: bool


def read_role_page(ports: Ports, engagement_id: str, role_name: str) -> RolePage:
    """Return the content of the role's page, in one call. Raise NotFound if the engagement or the
    role does not exist."""
    key, all_roles = (engagement_id, role_name), (engagement_id, ALL_ROLES)
    own: list[MixedKey] = [(kind, key) for kind in (Role, RoleSetup, CutOffProof, RoleCutOffs)]
    policy_keys: list[MixedKey] = [(ApprovalPolicy, each) for each in (key, all_roles)]
    items = ports.state.get_together([*basic_keys(engagement_id), *own, *policy_keys])
    basics, now = find_basics(items, engagement_id), ports.now()
    engagement, role = basics.engagement, pick(items, Role, *key)
    if role is None:
        raise NotFound(Reason.NO_SUCH_ROLE)
    setup = pick(items, RoleSetup, *key) or RoleSetup(engagement=engagement_id, role=role_name)
    stored = pick(items, RoleCutOffs, *key)
    stored_items = [stored] if stored is not None else []
    cut_off = None
    if has_cut_off(engagement, role):
        cut_off = build_cut_off_report(engagement, role, pick(items, CutOffProof, *key), stored)
    spec = build_spec_with_setup(ports, engagement, role, setup)
    stored_policies = [pick(items, ApprovalPolicy, *each) for each in (key, all_roles)]
    policies = {policy.role: policy for policy in stored_policies if policy is not None}
    return RolePage(
        basics=basics,
        role=role,
        shown=describe_role(engagement, role, now),
        setup=setup,
        report=build_report(engagement, role, spec, cut_off),
        cut_off=cut_off,
        shut=next(iter(list_shut_roles(engagement, [role], stored_items, now)), None),
        cut_offs=build_cut_off_views(stored_items, now),
        policy=build_effective_policy(engagement, policies, role_name),
        has_own_policy=role_name in policies,
    )


def has_cut_off(engagement: Engagement, role: Role) -> bool:
    """Return whether Daypass may have a way to end live sessions of the role."""
    return engagement.cut_off is not CutOffMethod.NONE and role.ended_at is None


def build_cut_off_views(stored: Sequence[RoleCutOffs], now: datetime) -> tuple[CutOffView, ...]:
    return tuple(
        build_cut_off_view(item, cut_off, now) for item in stored for cut_off in item.cut_offs
    )
