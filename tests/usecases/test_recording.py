"""Every change of Daypass's records: with its entry or not at all, by a lead who still is one."""

import re
from datetime import timedelta

import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, DaypassError, FactsChanged, Unavailable
from chalicelib.domain.people.members import ChangeMember, Kind, Leads
from chalicelib.domain.stops import Stop
from chalicelib.usecases.people.members import change_member, reinstate_member, revoke_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.recording import new_id
from tests.builders import NOON, a_scene, an_engagement, an_enrolment
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.changes_table import CHANGES, LENAS, TO_THEMSELVES, call, two_leads
from tests.usecases.lost_answers import DOWN
from tests.usecases.refusals import refusal_of

ALL = CHANGES | TO_THEMSELVES


def done(scene):
    """The changes that the trail knows of."""
    return [e.action.value for e in scene.entries if e.outcome == "done"]


# A revocation of these is a stop, which conflicts with no other write (tests/usecases/vending has
# its tests).
ENROLMENT_OR_LINK = ("enrolment.revoke", "link.revoke")
STOPS = [
    name
    for name in ALL
    if name.split()[0].split(".")[1] in ("revoke", "close", "end") and name not in ENROLMENT_OR_LINK
]
CHANGES_ALONE = [name for name in ALL if name not in STOPS]


@every("name", CHANGES_ALONE)
def test_a_change_is_written_with_its_entry_in_one_step(name):
    scene = two_leads()
    scene.do(ALL[name])
    assert scene.steps.count("change") == 1
    assert done(scene) == [name.split()[0]]


@every("name", CHANGES_ALONE)
def test_nothing_is_changed_if_it_cannot_be_recorded(name):
    scene = two_leads()
    before = dict(scene.items)
    scene.fails_at("change", DOWN)
    with pytest.raises(Unavailable):
        scene.do(ALL[name])
    assert (scene.items, done(scene)) == (before, [])


OF_AN_ENGAGEMENT = [
    name for name in CHANGES_ALONE if name.startswith(("role.", "grant.create", "link.create"))
]


@every("name", OF_AN_ENGAGEMENT)
def test_a_change_in_an_engagement_fails_if_the_engagement_changed_since_its_read(name):
    scene = two_leads()
    scene.just_before("change", lambda: scene.add(an_engagement(version=2)))
    assert refusal_of(Conflict, scene.do, ALL[name]) == "changed-meanwhile"
    assert done(scene) == []


# Two simultaneous calls of these create two items.
MADE_ANEW = ("link.create",)

# A revocation that meets another finds its work done.
INSISTED = [*STOPS, *ENROLMENT_OR_LINK]


@every("name", [name for name in ALL if name not in (*MADE_ANEW, *INSISTED)])
def test_one_of_two_concurrent_changes_gets_a_conflict(name):
    scene = two_leads()
    lena = scene.caller()
    scene.just_before("change", lambda: ALL[name](scene.ports, lena))
    assert refusal_of(Conflict, ALL[name], scene.ports, lena) == "changed-meanwhile"
    assert len(done(scene)) == 1


@every("name", [name for name in INSISTED if not name.endswith("own")])
def test_two_concurrent_revocations_are_written_once_and_both_succeed(name):
    scene = two_leads()
    lena, said = scene.caller(), []
    step = "save" if name in STOPS else "change"
    scene.just_before(step, lambda: said.append(ALL[name](scene.ports, lena)))
    said.append(ALL[name](scene.ports, lena))
    assert said[0].revoked_at == said[1].revoked_at
    assert len(done(scene)) == 1


@every("name", ENROLMENT_OR_LINK)
def test_a_revocation_is_tried_again_for_two_seconds_while_others_write_the_same(name):
    scene = two_leads()
    scene.fails_at("change", FactsChanged())
    with pytest.raises(Conflict):
        scene.do(ALL[name])
    assert timedelta(seconds=1.5) <= scene.clock - NOON <= timedelta(seconds=2)
    assert done(scene) == []


def demote(scene):
    scene.do(change_member, "lena", ChangeMember(kind=Kind.MEMBER), by="luis")


def suspend(scene):
    scene.do(revoke_member, "lena", by="luis")


def end_token(scene):
    scene.do(revoke_token, "lena", LENAS, by="luis")


# Changes that a lead might try during their own removal.
DEFIANT = {
    "back to lead": call(change_member, "lena", ChangeMember(kind=Kind.LEAD)),
    "reinstated": call(reinstate_member, "lena", why="back"),
}
# Another revocation leaves them nothing to change: they are a lead, or not suspended.
DEFIANT_AFTER = {"back to lead": demote, "reinstated": suspend}
OWN_KIND = "member.change own kind"
REVOCATIONS = (demote, suspend, end_token)
# A request that has already been carried out: nothing is left to do.
DONE_ALREADY = {
    "member.revoke own": suspend,
    "token.revoke own": end_token,
}


def has_no_effect(scene, lena, change, before):
    with pytest.raises(DaypassError):
        change(scene.ports, lena)
    only_the_revocation_is_done(scene, before)


def only_the_revocation_is_done(scene, before):
    assert len(done(scene)) == 1
    changed = {key for key, item in scene.items.items() if before.get(key) != item}
    owners = [
        names[1] if kind is Stop else names[0] for kind, names in changed if kind is not Leads
    ]
    assert set(owners) <= {"lena"}
    assert all(scene.items[key].version <= 2 for key in changed)


@every(
    "name, revocation",
    [
        (name, revocation)
        for name in [*ALL, *DEFIANT]
        for revocation in REVOCATIONS
        if DONE_ALREADY.get(name) is not revocation
        and DEFIANT_AFTER.get(name, revocation) is revocation
        and (name, revocation) != (OWN_KIND, demote)
    ],
)
def test_the_request_of_a_lead_suspended_meanwhile_changes_nothing(name, revocation):
    scene = two_leads()
    lena, before = scene.caller(), dict(scene.items)
    revocation(scene)
    has_no_effect(scene, lena, (ALL | DEFIANT)[name], before)


@every("name", DONE_ALREADY)
def test_a_repeated_own_revocation_gets_its_answer_and_writes_nothing(name):
    scene = two_leads()
    lena, before = scene.caller(), dict(scene.items)
    DONE_ALREADY[name](scene)
    scene.steps.clear()
    scene.later(seconds=1)
    assert ALL[name](scene.ports, lena).revoked_at == NOON
    assert not {"change", "save", "apply"} & {*scene.steps}
    only_the_revocation_is_done(scene, before)


@every("revocation", REVOCATIONS)
@every("name", CHANGES_ALONE)
def test_the_request_of_a_lead_suspended_at_its_end_changes_nothing(name, revocation):
    scene = two_leads()
    lena, before = scene.caller(), dict(scene.items)
    scene.just_before("change", lambda: revocation(scene))
    has_no_effect(scene, lena, ALL[name], before)


# The trail entry of every change: its engagement, role, subject and details.


GENERATED = re.compile(r"\b(?=\d*[a-f])[0-9a-f]{12,64}\b|daypass-[a-z2-7]{32}")
ABOUT = ("engagement", "role", "subject", "reason", "vend")


def stored(scene):
    """Return the fields of each item but a stop, by its kind and key."""
    items = [(each, item) for each, item in scene.items.items() if each[0] is not Stop]
    return {
        f"{kind.__name__} {' '.join(key)}".strip(): to_builtins(item, order="deterministic")
        for (kind, key), item in items
    }


def test_what_each_change_records_and_stores_is_as_its_file_says():
    lines = []
    for name, change in ALL.items():
        scene = two_leads()
        before = stored(scene)
        scene.do(change)
        entry = scene.last_entry
        assert (entry.actor, entry.action, entry.outcome) == ("lena", name.split()[0], "done")
        assert (entry.token, entry.address) == (LENAS, "203.0.113.7")
        about = {name: getattr(entry, name) for name in ABOUT} | dict(entry.details)
        written = [f"# {name}", *(f"{name}: {text}" for name, text in about.items() if text)]
        for key, fields in stored(scene).items():
            old = before.get(key, {})
            facts = [f"{name}={new}" for name, new in fields.items() if new != old.get(name)]
            facts += [f"without {name}" for name in old if name not in fields]
            written += [f"Stored: {key}: {', '.join(facts)}"] if facts else []
        earlier = f"{before} {an_enrolment().id}"
        lines += GENERATED.sub(
            lambda match, earlier=earlier: match[0] if match[0] in earlier else "(new)",
            "\n".join(written),
        ).splitlines()
    hold_against_file("trail/changes.txt", "\n".join(lines))


def test_a_name_is_64_random_bits_in_16_characters():
    items = []
    scene = a_scene()

    def random(count):
        items.append(count)
        return bytes(count)

    assert new_id(replace(scene.ports, random=random)) == "0" * 16
    assert items == [8]
