"""A stop's preview is the effect that the stop then has."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import NotFound
from chalicelib.domain.vending.stops.kinds import STOPS, SUSPENSIONS, StopNames
from chalicelib.usecases.actions import Draft
from chalicelib.usecases.people.tokens import rotate_token
from chalicelib.usecases.requests.actions import ACTIONS
from chalicelib.usecases.vending.stops import previews, results
from chalicelib.usecases.vending.stops.previews import (
    MAX_ENGAGEMENTS_READ,
    MAX_ROWS,
    MORE,
    preview_stop,
)
from chalicelib.usecases.vending.stops.results import read_result
from tests.builders import (
    NOON,
    a_given_approval,
    a_grant,
    a_request_id,
    a_token,
    an_approved_grant,
    an_engagement,
    an_intent,
)
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.refusals import refusal_of, refused_field
from tests.usecases.unreadable import Down
from tests.usecases.vending.stops.stopping import a_busy_scene, stop, target_of, text_of

every_stop = every("name", [name for name in STOPS if name != "freeze"])


def preview(scene, target, by="lena"):
    return scene.do(preview_stop, target.kind, target.names, by=by)


@every("method", CutOffMethod)
@every_stop
def test_it_is_what_the_answer_says(method, name):
    scene = a_busy_scene(method)
    target = target_of(scene, name)
    before = preview(scene, target)
    answer = stop(scene, target)
    live, cut_off = text_of(before, "Live sessions"), text_of(before, "Cut-off")
    assert live.startswith(f"{answer.alive} session")
    for each in answer.sessions:
        assert f"{each.member} in {each.engagement}/{each.role}: " in live
    by_daypass = {each.engagement for each in answer.cut_offs if not each.is_by_client}
    for each in answer.cut_offs:
        (line,) = (line for line in cut_off.splitlines() if line.startswith(f"{each.engagement} ("))
        assert ("only the client" in line) == (each.engagement not in by_daypass)
    assert bool(cut_off) == target.kind.cuts_off


def test_each_preview_is_as_its_file_says_and_changes_nothing():
    scene = a_busy_scene()
    scene.add(
        an_engagement("acme-dev"),
        an_engagement("other", client="Acme Labs"),
        a_grant("bob", engagement="acme-dev", roles=frozenset({"deploy", "readonly"})),
        a_grant("bob", engagement="gone"),
    )
    crowd(scene, 20)
    targets = [target_of(scene, name) for name in STOPS]
    targets += [
        target_of(scene, name, member=member) for name in SUSPENSIONS for member in ("bob", "lena")
    ]
    before = dict(scene.items), list(scene.entries)
    answers = [preview(scene, each) for each in targets]
    ACTIONS["thaw"].preview(scene.ports, scene.caller(), Draft())
    assert (dict(scene.items), list(scene.entries)) == before
    stop(scene, target_of(scene, "freeze"))
    answers += [ACTIONS["thaw"].preview(scene.ports, scene.caller(), Draft())]
    texts = []
    for each in answers:
        texts += [f"# {each.title}", *each.warnings]
        for part in each.parts:
            texts += [f"## {part.title}", *part.lines]
    hold_against_file("stops/previews.txt", "\n".join(texts))


def crowd(scene, members):
    """Add a session in progress for each of so many members."""
    for number in range(members):
        vend_id = f"{number:016x}"
        intent = an_intent(f"m{number}", vend_id, at=NOON + timedelta(milliseconds=number))
        scene.entries.append(intent)


@every("name", [*STOPS])
def test_it_says_since_when_it_is_in_force_already(name):
    scene = a_busy_scene()
    target = target_of(scene, name)
    assert "This has already been in force since" not in text_of(preview(scene, target))
    stop(scene, target)
    scene.later(minutes=1)
    says_it = "This has already been in force since 24 November 2026, 12:00 UTC" in text_of(
        preview(scene, target)
    )
    assert says_it is (name not in ("revoke-session", "revoke-request", "revoke-client"))


def test_it_says_when_it_has_not_read_all_approved_access():
    scene, name = a_busy_scene(), "revoke-client"
    assert MORE not in text_of(preview(scene, target_of(scene, name)), "Requests")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(previews, "MAX_ROWS", 1)
        scene.add(an_approved_grant("bob"), an_approved_grant("carol"))
        assert MORE in text_of(preview(scene, target_of(scene, name)), "Requests")
    scene = a_busy_scene()
    scene.add(*(an_engagement(f"acme-{number}") for number in range(MAX_ENGAGEMENTS_READ)))
    assert MORE in text_of(preview(scene, target_of(scene, name)), "Requests")


def test_it_says_when_it_has_not_read_all_access_that_a_member_approved():
    scene = a_busy_scene()
    target = target_of(scene, "revoke-member", member="bob")
    assert MORE not in text_of(preview(scene, target), "Requests")
    ids = [a_request_id(number=number + 1) for number in range(MAX_ROWS)]
    scene.add(*(a_given_approval(request=each) for each in ids))
    assert MORE in text_of(preview(scene, target), "Requests")


def test_a_token_takes_along_the_sessions_of_those_that_it_replaced():
    scene = a_busy_scene()
    scene.add(a_token(enrolment="e" * 16))
    new = scene.do(rotate_token, by="alice").token
    target = target_of(scene, "revoke-token", token=new.id)
    before = text_of(preview(scene, target), "Live sessions")
    assert before.startswith(f"{stop(scene, target).alive} session")


@every("limit", [4, 2])
def test_more_than_one_page_is_at_least(limit):
    scene = a_busy_scene()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "MAX_ENTRIES", limit)
        text = text_of(preview(scene, target_of(scene, "revoke-engagement")))
    assert ("At least 2 sessions" if limit == 4 else "At least 1 session") in text


GONE = {
    "revoke-session": {"member": "nobody"},
    "revoke-token": {"token": "0" * 16},
    "revoke-grant": {"member": "lena"},
    "revoke-request": {"request": "bob.00d9o4r5k3f81c2q"},
    "revoke-member": {"member": "nobody"},
    "member-leaves": {"member": "nobody"},
    "revoke-role": {"role": "nothing"},
    "revoke-engagement": {"engagement": "nothing"},
    "close-engagement": {"engagement": "nothing"},
    "revoke-client": {"client": "Nobody"},
}


@every("name", GONE)
def test_a_target_that_does_not_exist_is_refused_as_by_the_stop_itself(name):
    scene = a_busy_scene()
    target = target_of(scene, name, **GONE[name])
    reason = refusal_of(NotFound, stop, scene, target)
    assert refusal_of(NotFound, preview, scene, target) == reason
    if target.kind.has_page:
        assert refusal_of(NotFound, read_result, scene.ports, target)


@every("kind", [kind for kind in STOPS.values() if kind.names])
def test_a_name_that_is_missing_is_refused(kind):
    scene = a_busy_scene()
    assert refused_field(scene.do, preview_stop, kind, StopNames()) == kind.names[0]


@every("port", ["state", "trail"])
@every("name", STOPS)
def test_what_cannot_be_read_does_not_prevent_the_stop(port, name):
    scene = a_busy_scene()
    down = replace(scene, ports=replace(scene.ports, **{port: Down()}))
    target = target_of(scene, name)
    shown = preview_stop(down.ports, scene.caller(), target.kind, target.names)
    assert "could not be read. You can still confirm this action." in text_of(shown, "Not read")
    assert "No session is active" not in text_of(shown, "Live sessions")


def test_a_lead_is_warned_before_they_revoke_the_token_that_they_use():
    scene = a_busy_scene()
    target = target_of(scene, "revoke-token", member="lena", token=a_token("lena").id)
    here = "You are signed in with this token, so revoking it signs you out immediately."
    assert preview(scene, target).warnings == (here,)
