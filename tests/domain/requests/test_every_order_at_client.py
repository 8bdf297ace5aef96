"""Every order of naming, confirming, refusing and suspending at a client, for four days. Moments
are indexes in TIMES; -1 is long ago."""

from datetime import timedelta
from functools import cache
from typing import NamedTuple

import pytest

from chalicelib.domain.engagements import client_approvers
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.people import members
from chalicelib.domain.people.members import Kind, rights_count_from
from tests.builders import (
    a_client_approver,
    a_member,
    an_engagement,
)
from tests.domain.requests.walking import DAY, TIMES, at, walk
from tests.fakes import NOON

HONEST, HOSTILE = ("jo", "pat"), ("max", "eve")


class Person(NamedTuple):
    """An approver at the client."""

    id: str
    by: str
    since: int = -1
    is_alone: bool = False
    is_revoked: bool = False
    confirmed: int | None = None
    under: tuple[str, ...] = ()
    """The leads who answered for the confirming approver."""
    again: int | None = None
    """When the lead that the attacker made named them again."""


class AtClient(NamedTuple):
    """The approvers of one client, and the leads who name them."""

    people: tuple[Person, ...]
    removed_by_client: frozenset[str] = frozenset()
    truly_alone: frozenset[str] = frozenset()
    """The attacker's approvers who were named while no one counted."""
    rule: int | None = None
    """When the client's rule began. None: it does not stand."""
    is_forged: bool = False
    """True if the attacker's approvers began the rule, or lifted it."""
    is_suspended: bool = False
    """True if the honest leads have suspended the attacker."""
    ghost: int | None = None
    """When the attacker made another lead."""
    time: int = 0

    def find(self, id):
        for each in self.people:  # called millions of times
            if each.id == id:
                return each
        return None

    def is_active(self, id):
        person = self.find(id)
        return person is not None and not person.is_revoked

    def put(self, person, **changes):
        others = [each for each in self.people if each.id != person.id]
        return self._replace(people=tuple(sorted([*others, person])), **changes)


class ClientRules(NamedTuple):
    """The rules of the use cases that the model repeats. Each can be taken away."""

    flags_alone: bool = True
    mails_former: bool = True
    counting_confirm: bool = True
    ids_keep_address: bool = True
    named_again_by_old_leads: bool = True
    new_silence_no_one: bool = True


class ClientModel:
    def __init__(self, rules):
        self.rules = rules
        self._counts = cache(self._judge)

    def counts(self, state, id):
        person = state.find(id)
        if person is None or person.is_revoked:
            return False
        # The honest people's rule begins after what the attacker did in the same hour.
        after = timedelta(seconds=0 if state.is_forged else 1)
        rule = None if state.rule is None else at(state.rule) + after
        return self._counts(person, rule, state.time, state.is_suspended)

    @staticmethod
    def _judge(person, rule, time, is_suspended):
        """Return whether the approver counts, by the rule of the domain."""
        approver = ClientModel.build(person)
        engagement = an_engagement(
            requires_client_approval=rule is not None,
            client_approval_since=rule,
        )
        mallory = a_member(
            "mallory", kind=Kind.LEAD, suspended_at=TIMES[-1] if is_suspended else None
        )
        leads = {each: a_member(each, kind=Kind.LEAD) for each in ("mia", "ghost")}
        leads["mallory"] = mallory
        return approver.find_right_problem(engagement, leads, at(time)) is None

    @staticmethod
    def build(person):
        """Return the approver as Daypass stores them."""
        again = {} if person.again is None else {"named_again_by": "ghost"}
        again |= {} if person.again is None else {"named_again_at": at(person.again)}
        return a_client_approver(
            person.id,
            named_by=person.by,
            named_at=at(person.since),
            named_alone=person.is_alone,
            confirmed_at=None if person.confirmed is None else at(person.confirmed),
            confirmed_under=person.under,
            **again,
        )

    def list_next(self, state):
        yield from self.attack(state)
        yield from self.defend(state)
        if state.time + 1 < len(TIMES):
            yield self.wait(state)

    def attack(self, state):
        if not state.is_suspended:
            unused = [each for each in HOSTILE if state.find(each) is None]
            if unused:
                yield self.name(state, unused[0], "mallory")
            for person in state.people:
                if person.id in HONEST and not person.is_revoked:
                    yield state.put(person._replace(is_revoked=True))
                elif person.id in HONEST and not self.rules.ids_keep_address:
                    # The honest person's address is gone: the ID is the attacker's.
                    others = tuple(each for each in state.people if each.id != person.id)
                    yield self.name(state._replace(people=others), HOSTILE[0], "mallory")
            if state.ghost is None and state.time < 2:
                yield state._replace(ghost=state.time)
        for person in state.people:
            if person.id in HONEST or person.is_revoked:
                continue
            if state.is_suspended and state.ghost is not None and person.again is None:
                is_old = at(state.time) >= rights_count_from(at(state.ghost))
                if is_old or not self.rules.named_again_by_old_leads:
                    yield state.put(person._replace(again=state.time))
            for each in HONEST:
                if state.is_active(each) and not self.counts(state, each):
                    yield self.refuse(state, each)
            if state.rule is None and not state.is_forged:
                yield state._replace(rule=state.time, is_forged=True)
            elif state.is_forged and self.counts(state, person.id):
                yield state._replace(rule=None)
            for other in state.people:
                is_other = other.id in HOSTILE and other.id != person.id
                may_confirm = not self.rules.counting_confirm or self.counts(state, other.id)
                if is_other and state.rule is not None and may_confirm and person.confirmed is None:
                    under = self.build(other).list_confirming_leads(at(state.time))
                    yield state.put(person._replace(confirmed=state.time, under=under))

    def defend(self, state):
        if not state.is_active(HONEST[0]) and state.find(HONEST[0]) is not None:
            yield self.name(state, HONEST[0], "mia")
        if state.rule is None and any(self.counts(state, each) for each in HONEST):
            looked = state
            for each in HOSTILE:
                if self.counts(state, each):
                    looked = self.remove(looked, each)
            yield looked._replace(rule=state.time, is_forged=False)
        if not state.is_suspended:
            is_old = state.ghost is not None and at(state.time) >= at(state.ghost) + DAY
            ghost = None if is_old else state.ghost
            yield state._replace(is_suspended=True, ghost=ghost)

    def wait(self, state):
        later = at(state.time + 1)
        for each in sorted(state.truly_alone):
            person = state.find(each)
            if person is None or person.is_revoked or state.rule is None:
                continue
            is_late = later >= at(person.since) + timedelta(hours=72)
            if is_late and self.has_recipient(state):
                state = self.remove(state, each)
        if state.is_suspended and state.ghost is not None and later >= at(state.ghost) + DAY:
            state = state._replace(ghost=None)  # the honest leads have suspended it too
        return state._replace(time=state.time + 1)

    def has_recipient(self, state):
        """Return whether someone honest gets the e-mail about an approver who was named alone."""
        former = self.rules.mails_former
        return any(
            not each.is_revoked or (former and each.id not in state.removed_by_client)
            for each in state.people
            if each.id in HONEST
        )

    def remove(self, state, id):
        person = state.find(id)
        assert person is not None
        removed = state.removed_by_client | {id}
        return state.put(person._replace(is_revoked=True), removed_by_client=removed)

    def refuse(self, state, id):
        """Have someone who may not count refuse this person."""
        removed = self.remove(state, id)
        if self.rules.new_silence_no_one:
            return removed._replace(removed_by_client=state.removed_by_client)
        return removed

    def name(self, state, id, by):
        is_alone = not any(self.counts(state, each.id) for each in state.people)
        flag = is_alone or not self.rules.flags_alone
        alone = state.truly_alone | ({id} if is_alone and id in HOSTILE else set())
        return state.put(Person(id, by, state.time, flag), truly_alone=alone)

    def is_safe(self, state):
        """Return whether no approver of the attacker counts who must not: under the client's rule,
        after the attacker's suspension, or within 24 hours."""
        is_early = at(state.time) < NOON + DAY
        has_rule = state.rule is not None and not state.is_forged
        is_protected = has_rule or state.is_suspended or is_early
        return not (is_protected and any(self.counts(state, each) for each in HOSTILE))


def walk_at_client(rules=None):
    """Return the number of states, or 0 if one is not safe."""
    people = tuple(Person(each, "mia") for each in HONEST)
    model = ClientModel(rules or ClientRules())
    counts = [
        walk(AtClient(people, rule=rule), model.list_next, model.is_safe) for rule in (-1, None)
    ]
    return sum(counts) if all(counts) else 0


def test_no_approver_of_the_attacker_counts_for_the_client():
    assert walk_at_client() > 1000


LOST_AT_CLIENT = {
    "who is named beside others is confirmed by them": ClientRules(flags_alone=False),
    "former approvers hear of a proposal": ClientRules(mails_former=False),
    "only who counts confirms": ClientRules(counting_confirm=False),
    "an ID belongs to one address": ClientRules(ids_keep_address=False),
    "who does not count silences no one": ClientRules(new_silence_no_one=False),
    "a new lead names no one again": ClientRules(named_again_by_old_leads=False),
}


@pytest.mark.parametrize("rules", LOST_AT_CLIENT.values(), ids=LOST_AT_CLIENT)
def test_without_this_rule_of_the_use_cases_one_counts(rules):
    assert walk_at_client(rules) == 0


def without_confirmation(self, _):
    return rights_count_from(self.named_at)


def who_was_there_when_the_rule_began(self, engagement):
    since = engagement.client_approval_since
    if since is not None and self.named_at <= since:
        return rights_count_from(self.named_at)
    return COUNTS_FROM(self, engagement)


COUNTS_FROM = ClientApprover.counts_from
LOST_IN_DOMAIN = {
    "24 hours": (members, "NEW_RIGHT", timedelta()),
    "72 hours": (client_approvers, "TIME_TO_REFUSE_APPROVER", timedelta()),
    "the client confirms": (ClientApprover, "counts_from", without_confirmation),
    "who counted when the rule began": (
        ClientApprover,
        "counts_from",
        who_was_there_when_the_rule_began,
    ),
    "a suspension": (ClientApprover, "waits_for_a_lead", lambda *_: False),
    "a confirmation under this rule": (
        ClientApprover,
        "is_confirmed",
        lambda self, _: self.confirmed_at is not None,
    ),
    "what a confirmation rests on": (
        ClientApprover,
        "list_confirming_leads",
        lambda *_: (),
    ),
}
"""Each rule by its place and its name, with the value that takes it away."""


@pytest.mark.parametrize("rule", LOST_IN_DOMAIN)
def test_without_this_rule_of_the_domain_one_counts(rule, monkeypatch):
    monkeypatch.setattr(*LOST_IN_DOMAIN[rule])
    assert walk_at_client() == 0
