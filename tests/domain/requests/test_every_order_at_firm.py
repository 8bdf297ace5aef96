"""Every order of making leads, codes and approvers, approving and suspending, for 25 hours."""

from datetime import timedelta
from functools import cache
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from chalicelib.domain.people import members
from chalicelib.domain.people.members import Caller, Kind, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.requests.decisions import (
    StoredApprovers,
    find_approval_problem,
    find_missing,
    select_valid_approvals,
)
from chalicelib.domain.requests.policies import ApprovalPolicy, Naming
from chalicelib.domain.requests.requests import Approval
from chalicelib.domain.vending.access import CallerKind
from tests.builders import (
    a_member,
    a_request,
    a_token,
    an_approval_policy,
    an_engagement,
)
from tests.domain.requests.walking import DAY, LONG_AGO, TIMES, at, walk
from tests.fakes import NOON

LAST = 2
"""The walk ends after 25 hours."""


class AtFirm(NamedTuple):
    """A request of a made-up member, and the people who could approve it. The fields hold when the
    attacker did each thing."""

    made_lead: int | None = None
    redeemed: int | None = None
    """When the attacker redeemed a code of theirs for an honest lead."""
    naming: int | None = None
    """When the attacker named a made-up member as an approver."""
    let_leads: int | None = None
    """When the attacker let every lead approve."""
    saved_again: int | None = None
    """When the attacker saved the policy again as the honest lead of the code."""
    approvals: frozenset[tuple[str, int]] = frozenset()
    is_suspended: bool = False
    time: int = 0


class FirmModel:
    def __init__(self, policy):
        self.policy = policy
        self._may_approve = cache(self._judge)

    def build_policy(self, state):
        policy = self.policy
        times = [each for each in (state.naming, state.let_leads) if each is not None]
        if times:
            policy = policy.changed("mallory", at(max(times)), confirms=False)
        if state.naming is not None:
            naming = Naming(member="invented", at=at(state.naming))
            members = policy.members | {"invented"}
            policy = replace(policy, members=members, namings=(*policy.namings, naming))
        if state.let_leads is not None:
            policy = replace(policy, leads=True, leads_set_at=at(state.let_leads))
        if state.saved_again is not None:
            policy = policy.changed("mia", at(state.saved_again), confirms=False)
        return policy

    def list_identities(self, state):
        """Return the members and tokens with which the attacker can act."""
        identities = {"invented": Caller(a_member("invented"), a_token())}
        if state.is_suspended:
            return identities
        identities["mallory"] = Caller(a_member("mallory", kind=Kind.LEAD), a_token())
        if state.made_lead is not None:
            ghost = a_member("ghost", kind=Kind.LEAD, created_at=at(state.made_lead))
            identities["ghost"] = Caller(ghost, a_token())
        if state.redeemed is not None:
            token = a_token(given_at=at(state.redeemed))
            identities["mia"] = Caller(a_member("mia", kind=Kind.LEAD), token)
        return identities

    def waits(self, state):
        suspended_at = TIMES[-1] if state.is_suspended else None
        mallory = a_member("mallory", kind=Kind.LEAD, suspended_at=suspended_at)
        leads = {"mallory": mallory, "mia": a_member("mia", kind=Kind.LEAD)}
        return self.build_policy(state).waits_for_a_lead(leads)

    def _judge(self, state):
        """Return who of the attacker's people may approve now, by the rules of the domain."""
        if self.waits(state):
            return ()
        policy, now = self.build_policy(state), at(state.time)
        return tuple(
            name
            for name, caller in self.list_identities(state).items()
            if find_approval_problem(REQUEST, policy, caller, CallerKind.PERSON, now) is None
        )

    def list_next(self, state):
        now = state.time
        if not state.is_suspended:
            if state.made_lead is None:
                yield state._replace(made_lead=now)
            if state.redeemed is None:
                yield state._replace(redeemed=now)
            if state.naming is None:
                yield state._replace(naming=now)
            if state.let_leads is None and not self.policy.leads:
                yield state._replace(let_leads=now)
            has_new_token = state.redeemed is not None and at(now) < at(state.redeemed) + DAY
            if has_new_token and state.saved_again is None:
                yield state._replace(saved_again=now)
            yield state._replace(is_suspended=True)
        approved = {name for name, _ in state.approvals}
        for name in self._may_approve(state._replace(approvals=frozenset())):
            if name not in approved:
                yield state._replace(approvals=state.approvals | {(name, now)})
        if now < LAST:
            yield state._replace(time=now + 1)

    def is_safe(self, state):
        """Return whether no request is approved without someone honest, within 24 hours of the
        attacker's first step, or after the suspension."""
        if not state.approvals or not (state.is_suspended or at(state.time) < NOON + DAY):
            return True
        policy = self.build_policy(state)
        approvals = tuple(Approval(by=name, at=at(time)) for name, time in state.approvals)
        members = {name: each.member for name, each in self.list_identities(state).items()}
        counting = select_valid_approvals(
            a_request("asker", approvals=approvals),
            an_engagement(),
            policy,
            StoredApprovers(members=members),
        )
        return not find_missing(counting, policy).is_nothing or self.waits(state)


REQUEST = a_request("asker")
POLICIES = {
    "two leads": an_approval_policy(people=2),
    "one of two members": an_approval_policy(leads=False, members=frozenset({"bob", "carol"})),
    "two of two members": an_approval_policy(
        leads=False, members=frozenset({"bob", "carol"}), people=2
    ),
}


def walk_at_firm():
    """Return the number of states, or 0 if one is not safe."""
    models = [FirmModel(policy) for policy in POLICIES.values()]
    counts = [walk(AtFirm(), model.list_next, model.is_safe) for model in models]
    return sum(counts) if all(counts) else 0


def test_no_request_is_approved_without_someone_honest():
    assert walk_at_firm() > 1000


def confirmed(policy, by, at, *, confirms):
    return replace(policy, changed_by=by, changed_at=at)


LOST_AT_FIRM = {
    "24 hours": (members, "NEW_RIGHT", timedelta()),
    "a new lead": (Member, "kind_since", property(lambda _: LONG_AGO)),
    "a new token": (Token, "given_since", property(lambda _: LONG_AGO)),
    "a new naming, and leads who may anew": (
        ApprovalPolicy,
        "list_rights",
        lambda *_: [LONG_AGO],
    ),
    "a suspension": (ApprovalPolicy, "waits_for_a_lead", lambda *_: False),
    "a new token confirms nothing": (ApprovalPolicy, "changed", confirmed),
}
"""Each rule by its place and its name, with the value that takes it away."""


@pytest.mark.parametrize("rule", LOST_AT_FIRM)
def test_without_this_rule_a_request_is_approved(rule, monkeypatch):
    monkeypatch.setattr(*LOST_AT_FIRM[rule])
    assert walk_at_firm() == 0
