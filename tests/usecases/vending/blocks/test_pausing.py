"""The client pauses an engagement, and only its code lifts the pause."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import (
    AccessDenied,
    Conflict,
    DaypassError,
    NotFound,
    Unavailable,
)
from chalicelib.domain.onboarding.links import MAX_CODES, PauseCodes
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT, Outcome
from chalicelib.domain.vending.blocks import MAX_LOCKS, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.usecases.onboarding.client_pause import (
    PausePage,
    offer_pause,
    parse_code,
    pause_by_client,
    resume_by_client,
)
from tests.builders import LIFT_CODE, LINK_TEXT, Scene, a_block, a_grant, a_link, a_scene
from tests.fakes import NOON, Killed
from tests.rows import every
from tests.usecases.lost_answers import LOST, loses_answer
from tests.usecases.refusals import reason_of
from tests.usecases.vending.blocks.test_finishing import run_job

BROWSER = "198.51.100.7"
OTHER_CODE = "2345-2345-2345-2345"
WRONG_CODE = "aaaa-aaaa-aaaa-aaaa"
LEADS_LINK = "c2345672" * 6 + "lead"


def paused(scene: Scene, code: str = LIFT_CODE, link: str = LINK_TEXT) -> PausePage:
    return pause_by_client(scene.ports, link, code, address=BROWSER)


def resumed(scene: Scene, code: str = LIFT_CODE, link: str = LINK_TEXT) -> PausePage:
    return resume_by_client(scene.ports, link, code, address=BROWSER)


def is_refused(scene: Scene) -> bool:
    return reason_of(scene.vend) is Reason.PAUSED_BY_CLIENT


def stored(scene: Scene) -> Block:
    return scene.stored(Block, "acme-prod")


def test_a_pause_refuses_every_member_of_the_engagement_and_no_other() -> None:
    scene = a_scene()
    scene.vend()
    page = paused(scene)
    assert page.pause is not None
    assert (page.code, page.pause.listing.alive) == (LIFT_CODE, 1)
    assert page.pause.listing.last_moment == NOON + timedelta(hours=1)
    assert is_refused(scene)
    scene.vend("bob", "globex")
    begin = next(entry for entry in scene.world.entries if entry.actor == CLIENT)
    assert (begin.action, begin.outcome) == ("pause.begin", Outcome.DONE)
    assert (begin.engagement, begin.token, begin.address) == ("acme-prod", a_link().id, BROWSER)
    assert [(alert.alert, alert.engagement) for alert in scene.world.alerts] == [
        ("client-paused", "acme-prod")
    ]


def test_the_code_is_nowhere_but_in_the_answer() -> None:
    scene = a_scene()
    page = paused(scene)
    assert LIFT_CODE not in repr(scene.world.items) + repr(scene.world.entries) + repr(page)
    assert "code_hash" not in repr(stored(scene))


def test_the_code_lifts_the_pause_however_it_is_typed() -> None:
    for typed in (LIFT_CODE, " ABCD EFGH ijkl-mnop ", LIFT_CODE.replace("-", "")):
        scene = a_scene()
        paused(scene)
        scene.world.later(minutes=1)
        page = resumed(scene, typed)
        assert not page.is_paused
        assert stored(scene).lifted_at == NOON + timedelta(minutes=1)
        scene.vend()
        assert [line for line in scene.story() if "pause" in line] == [
            "pause.begin done",
            "pause.lift done",
        ]


def test_a_code_is_offered_anew_each_time_and_changes_nothing() -> None:
    scene = a_scene()
    codes = {offer_pause(scene.ports, LINK_TEXT).code for _ in range(3)}
    assert len(codes) == 3
    assert all(parse_code(code) == code for code in codes)
    assert scene.world.entries == []
    scene.vend()


@every("sent", ["", "x", "a" * 500, "abcd-efgh-ijkl-mno", "é"])
def test_without_a_valid_code_daypass_chooses_one(sent: str) -> None:
    scene = a_scene()
    code = paused(scene, sent).code
    assert code
    assert code != sent
    assert not resumed(scene, code).is_paused


def test_a_second_press_of_the_same_button_changes_nothing() -> None:
    scene = a_scene()
    first = paused(scene)
    scene.world.later(minutes=1)
    items = dict(scene.world.items)
    assert paused(scene) == first
    assert scene.world.items == items
    assert scene.story() == ["pause.begin done"]


def test_each_press_has_its_own_code_and_the_pause_ends_with_the_last() -> None:
    """A lead, who can make links, cannot lift a pause by pausing first or too."""
    scene = a_scene()
    scene.world.add(a_link(LEADS_LINK))
    paused(scene, OTHER_CODE, LEADS_LINK)
    paused(scene)
    page = resumed(scene, OTHER_CODE, LEADS_LINK)
    assert page.is_paused
    assert is_refused(scene)
    with pytest.raises(AccessDenied):
        resumed(scene, OTHER_CODE, LEADS_LINK)
    assert not resumed(scene).is_paused
    assert not is_refused(scene)
    details = [entry.details for entry in scene.world.entries if entry.action == "pause.lift"]
    assert [detail.get("codes_left") for detail in details] == ["1", None, None]


def numbered_code(number: int) -> str:
    first, second = ("abcdefghijklmnop"[digit] for digit in divmod(number, 16))
    return f"aaaa-bbbb-cccc-dd{first}{second}"


def presses_by_a_lead(scene: Scene, count: int) -> list[str]:
    """Press the button with the client's own link, which a lead made. Return the codes."""
    codes = [numbered_code(number) for number in range(count)]
    for code in codes:
        paused(scene, code)
    return codes


def lifts_all(scene: Scene, codes: list[str]) -> None:
    for code in codes:
        scene.world.later(minutes=2)
        resumed(scene, code)


def test_a_lead_who_presses_first_and_often_cannot_lift_the_clients_pause() -> None:
    scene = a_scene()
    codes = presses_by_a_lead(scene, MAX_LOCKS - 1)
    assert paused(scene).code == LIFT_CODE
    lifts_all(scene, codes)
    assert is_refused(scene)
    assert not resumed(scene).is_paused


def test_a_press_beyond_the_most_locks_seals_the_pause_and_is_never_refused() -> None:
    scene = a_scene()
    codes = presses_by_a_lead(scene, MAX_LOCKS)
    page = paused(scene)
    assert (page.is_paused, page.code) == (True, "")
    stored_block, entries = stored(scene), len(scene.world.entries)
    paused(scene, OTHER_CODE)  # no further write, so nobody can delay a press with presses
    assert (stored(scene), len(scene.world.entries)) == (stored_block, entries)
    lifts_all(scene, codes)
    assert is_refused(scene)
    assert (stored(scene).locks, stored(scene).is_sealed) == ((), True)
    assert paused(scene).code == LIFT_CODE
    assert resumed(scene).is_paused


def test_a_lead_who_keeps_pressing_does_not_keep_the_client_from_it() -> None:
    scene = a_scene()
    codes = iter([numbered_code(number) for number in range(MAX_LOCKS)])
    scene.world.add(a_link(LEADS_LINK))
    saves = 0

    def press(step: str) -> None:
        nonlocal saves
        if step.startswith("save") and saves < 5:
            saves += 1
            hook, scene.world.before = scene.world.before, None
            paused(scene, next(codes), LEADS_LINK)
            scene.world.before = hook

    scene.world.before = press
    assert paused(scene).code == LIFT_CODE
    assert saves == 5
    assert len(stored(scene).locks) == 6


def test_a_wrong_code_is_refused_recorded_and_lifts_nothing() -> None:
    scene = a_scene()
    paused(scene)
    for code in (WRONG_CODE, "", "x", "a" * 1000):
        with pytest.raises(AccessDenied, match="does not lift the pause"):
            resumed(scene, code)
    assert is_refused(scene)
    refusals = [e for e in scene.world.entries if e.action == "pause.lift"]
    assert {(e.outcome, e.reason, e.actor) for e in refusals} == {
        (Outcome.REFUSED, Reason.LIFT_CODE_REFUSED, CLIENT)
    }
    assert len(refusals) == 4


def test_after_too_many_codes_none_of_this_link_is_compared_for_a_while() -> None:
    scene = a_scene()
    scene.world.add(a_link(LEADS_LINK))
    paused(scene)
    paused(scene, OTHER_CODE)
    for _ in range(MAX_CODES):
        with pytest.raises(AccessDenied):
            resumed(scene, WRONG_CODE, LEADS_LINK)
    entries = len(scene.world.entries)
    with pytest.raises(Conflict, match="Too many codes"):
        resumed(scene, LIFT_CODE, LEADS_LINK)
    assert len(scene.world.entries) == entries
    assert len(resumed(scene).pause.locks) == 1  # type: ignore[union-attr]
    scene.world.later(minutes=15)
    assert not resumed(scene, OTHER_CODE, LEADS_LINK).is_paused


def test_parallel_codes_are_all_counted() -> None:
    scene = a_scene()
    paused(scene)

    def try_another() -> None:
        with pytest.raises(AccessDenied):
            resumed(scene, WRONG_CODE)

    scene.world.just_before("save", try_another)
    try_another()
    (codes,) = scene.world.find(PauseCodes)
    assert codes.count == 2


INVALID_LINKS: list[tuple[str, dict[str, Any]]] = [
    ("z" * 52, {}),
    ("x", {}),
    (LINK_TEXT, {"expires_at": NOON}),
    (LINK_TEXT, {"revoked_at": NOON}),
    (LINK_TEXT, {"created_by": "bob"}),  # not a lead
]


@every("press", [paused, resumed])
@every("text, changes", INVALID_LINKS)
def test_an_invalid_link_pauses_and_lifts_nothing(
    press: Callable[..., Any], text: str, changes: dict[str, Any]
) -> None:
    scene = a_scene()
    scene.world.add(a_link(**changes), a_block("acme-prod"))
    items = dict(scene.world.items)
    with pytest.raises(NotFound):
        press(scene, LIFT_CODE, text)
    assert scene.world.items == items
    assert scene.world.entries == []


def test_the_link_of_another_engagement_lifts_nothing() -> None:
    scene = a_scene()
    paused(scene)
    scene.world.add(a_link(LEADS_LINK, engagement="globex"))
    with pytest.raises(Conflict, match="not paused"):
        resumed(scene, LIFT_CODE, LEADS_LINK)
    scene.world.add(a_block("globex", locks=()))
    with pytest.raises(AccessDenied):
        resumed(scene, LIFT_CODE, LEADS_LINK)
    assert is_refused(scene)


def test_another_link_of_the_engagement_lifts_the_pause_with_the_code() -> None:
    """The link with which the client paused may have expired since."""
    scene = a_scene()
    paused(scene)
    scene.world.add(a_link(revoked_at=NOON), a_link(LEADS_LINK))
    assert not resumed(scene, LIFT_CODE, LEADS_LINK).is_paused


def test_a_code_lifts_one_pause_only() -> None:
    scene = a_scene()
    paused(scene)
    resumed(scene)
    with pytest.raises(Conflict, match="not paused"):
        resumed(scene)
    paused(scene, OTHER_CODE)
    with pytest.raises(AccessDenied):
        resumed(scene)
    assert is_refused(scene)


def settled(scene: Scene) -> tuple[Any, list[str]]:
    block = scene.ports.state.get(Block, "acme-prod")
    facts = block and (block.is_in_force, len(block.locks), block.is_recorded, block.is_finished)
    return facts, [line for line in scene.story() if "pause" in line]


def with_two_codes(scene: Scene) -> None:
    paused(scene)
    paused(scene, OTHER_CODE)


CHANGES: dict[str, tuple[Callable[[Scene], Any], Callable[[Scene], Any]]] = {
    "pause": (lambda _: None, paused),
    "pause again": (lambda scene: paused(scene, OTHER_CODE), paused),
    "lift": (paused, resumed),
    "remove a code": (with_two_codes, resumed),
}
every_change = every("prepare, change", CHANGES.values())


def scenes(prepare: Callable[[Scene], Any], change: Callable[[Scene], Any]) -> tuple[Scene, Scene]:
    """Return a prepared scene, and one in which the change was made undisturbed."""
    scene, undisturbed = a_scene(), a_scene()
    for each in (scene, undisturbed):
        each.world.add(a_grant("bob"))
        each.vend()
        prepare(each)
    change(undisturbed)
    return scene, undisturbed


@every_change
@every("nth", range(12))
def test_a_change_that_is_killed_anywhere_is_all_or_nothing_after_the_job(
    prepare: Callable[[Scene], Any], change: Callable[[Scene], Any], nth: int
) -> None:
    scene, undisturbed = scenes(prepare, change)
    before = settled(scene)
    scene.world.killed_after(nth)
    try:
        change(scene)
    except Killed:
        scene.world.before = None
        run_job(scene)
    scene.world.before = None
    assert settled(scene) in (before, settled(undisturbed))


@every_change
@every("nth", [1, 2, 3])
@every("error, has_effect", LOST)
def test_a_write_without_an_answer_is_completed(
    prepare: Callable[[Scene], Any],
    change: Callable[[Scene], Any],
    nth: int,
    error: DaypassError,
    *,
    has_effect: bool,
) -> None:
    scene, undisturbed = scenes(prepare, change)
    with loses_answer(scene, "save", error, nth=nth, has_effect=has_effect):
        change(scene)
    run_job(scene)
    assert settled(scene) == settled(undisturbed)


@every("step", ["vends", "put_outcome withheld"])
def test_a_pause_whose_vends_cannot_be_read_holds_and_is_completed(step: str) -> None:
    scene = a_scene()
    scene.world.fails_at("put_outcome issued", Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        scene.vend()
    scene.world.fails_at(step, Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        paused(scene)
    assert is_refused(scene)
    scene.world.before = None
    page = paused(scene)  # the browser sends the same form again
    assert page.pause is not None
    assert page.pause.listing.alive == 1
    assert scene.story().count("pause.begin done") == 1
    assert "vend withheld paused-by-client" in scene.story()


def test_live_sessions_are_to_be_cut_off_with_the_pause_and_once() -> None:
    scene = a_scene()
    scene.vend()
    paused(scene)
    paused(scene)
    paused(scene, OTHER_CODE)
    (role,) = scene.world.find(RoleCutOffs)
    (cut_off,) = role.cut_offs
    assert (role.engagement, role.role) == ("acme-prod", "readonly")
    assert cut_off.is_for_everyone
    assert cut_off.issued_until == NOON + timedelta(seconds=5)
    resumed(scene)
    assert scene.world.find(RoleCutOffs) == [role]
    assert scene.story().count("cut-off.request done") == 1


def test_a_cut_off_that_cannot_be_recorded_is_requested_by_the_job() -> None:
    scene = a_scene()
    scene.vend()
    scene.world.fails_at("change", Unavailable(Reason.RECORDS_UNAVAILABLE))
    assert paused(scene).is_paused
    assert not stored(scene).is_finished
    scene.world.before = None
    run_job(scene)
    assert stored(scene).is_finished
    assert scene.story().count("cut-off.request done") == 1
