"""The client pauses an engagement, and only its code lifts the pause."""

from datetime import timedelta

import pytest

from chalicelib.domain.errors import AccessDenied, NotFound
from chalicelib.domain.onboarding.links import MAX_CODES, PauseCodes
from chalicelib.domain.vending.blocks import MAX_LOCKS, Block
from chalicelib.domain.vending.stops.block_status import PauseStatus
from chalicelib.usecases.onboarding.client_pause import (
    offer_pause,
    parse_code,
    pause_by_client,
    resume_by_client,
)
from tests.builders import LIFT_CODE, LINK_TEXT, NOON, a_block, a_grant, a_link, a_scene
from tests.rows import every
from tests.usecases.lost_answers import DOWN, LOST, failing, loses_answer, repeated_if_killed
from tests.usecases.refusals import reason_of, refused
from tests.usecases.telling import Telling, vends
from tests.usecases.vending.blocks.test_freezing import run_job

BROWSER = "198.51.100.7"
OTHER_CODE = "2345-2345-2345-2345"
WRONG_CODE = "aaaa-aaaa-aaaa-aaaa"
LEADS_LINK = "c2345672" * 6 + "lead"
GLOBEX_LINK = "d2345672" * 6 + "glob"


def paused(scene, code=LIFT_CODE, link=LINK_TEXT):
    return pause_by_client(scene.ports, link, code, address=BROWSER)


def resumed(scene, code=LIFT_CODE, link=LINK_TEXT):
    return resume_by_client(scene.ports, link, code, address=BROWSER)


def is_refused(scene):
    return reason_of(scene.vend) == "paused-by-client"


def stored(scene):
    return scene.stored(Block, "acme-prod")


def waits(scene):
    scene.later(minutes=15)


def stores(scene, item):
    scene.add(item)


BY_LEADS_LINK = (resumed, OTHER_CODE, LEADS_LINK)
STORIES = {
    "A pause refuses all members of its engagement, and no one else's": [
        (vends,), (paused,), (vends,), (vends, "bob", "globex"),
    ],
    "The same press again changes nothing, and each other code must be typed": [
        (vends,), (paused,), (paused,), (paused, OTHER_CODE), (resumed,), (vends,),
        BY_LEADS_LINK, (vends,),
    ],
    "A lead who makes a link and pauses first cannot lift the client's pause": [
        (paused, OTHER_CODE, LEADS_LINK), (paused,), BY_LEADS_LINK, (vends,), BY_LEADS_LINK,
        (resumed,), (vends,),
    ],
    "The code lifts the pause however it is typed": [
        (paused,), (resumed, " ABCD EFGH ijkl-mnop "), (vends,),
        (paused,), (resumed, LIFT_CODE.replace("-", "")), (vends,),
    ],
    "A wrong code lifts nothing": [
        (paused,), *((resumed, code) for code in (WRONG_CODE, "", "x", "a" * 99)), (vends,),
    ],
    "After too many codes, none of this link is compared for a while": [
        (paused,), (paused, OTHER_CODE), *[(resumed, WRONG_CODE, LEADS_LINK)] * MAX_CODES,
        BY_LEADS_LINK, (resumed,), (waits,), BY_LEADS_LINK,
    ],
    "The link of another engagement lifts nothing, even if that is paused too": [
        (paused,), (resumed, LIFT_CODE, GLOBEX_LINK), (stores, a_block("globex", locks=())),
        (resumed, LIFT_CODE, GLOBEX_LINK), (vends,),
    ],
    "The code lifts the pause with another link, if the first is revoked meanwhile": [
        (paused,), (stores, a_link(revoked_at=NOON)), (resumed, LIFT_CODE, LEADS_LINK),
    ],
    "A code lifts one pause only": [
        (paused,), (resumed,), (resumed,), (paused, OTHER_CODE), (resumed,), (vends,),
    ],
}  # fmt: skip


def test_what_each_press_and_each_code_does_is_as_the_file_says():
    story = Telling()
    for title, steps in STORIES.items():
        links = a_link(LEADS_LINK), a_link(GLOBEX_LINK, engagement="globex")
        story.tell(title, a_scene(*links), steps)
    story.hold("vending/pausing")


def test_the_code_is_nowhere_but_in_the_answer():
    scene = a_scene()
    page = paused(scene)
    assert LIFT_CODE not in repr(scene.items) + repr(scene.entries) + repr(page)
    assert "code_hash" not in repr(stored(scene))


def test_a_code_is_offered_anew_each_time_and_changes_nothing():
    scene = a_scene()
    codes = {offer_pause(scene.ports, LINK_TEXT).code for _ in range(3)}
    assert len(codes) == 3
    assert all(parse_code(code) == code for code in codes)
    assert scene.entries == []
    scene.vend()


@every("sent", ["", "x", "a" * 500, "abcd-efgh-ijkl-mno", "é"])
def test_without_a_valid_code_daypass_chooses_one(sent):
    scene = a_scene()
    code = paused(scene, sent).code
    assert code
    assert code != sent
    assert not resumed(scene, code).is_paused


def numbered_code(number):
    first, second = ("abcdefghijklmnop"[digit] for digit in divmod(number, 16))
    return f"aaaa-bbbb-cccc-dd{first}{second}"


def presses_by_a_lead(scene, count):
    """Press the button with the client's own link, which a lead made. Return the codes."""
    codes = [numbered_code(number) for number in range(count)]
    for code in codes:
        paused(scene, code)
    return codes


def lifts_all(scene, codes):
    for code in codes:
        scene.later(minutes=2)
        resumed(scene, code)


def test_a_lead_who_presses_first_and_often_cannot_lift_the_clients_pause():
    scene = a_scene()
    codes = presses_by_a_lead(scene, MAX_LOCKS - 1)
    assert paused(scene).code == LIFT_CODE
    lifts_all(scene, codes)
    assert is_refused(scene)
    assert not resumed(scene).is_paused


def test_a_press_beyond_the_most_locks_seals_the_pause_and_is_never_refused():
    scene = a_scene()
    codes = presses_by_a_lead(scene, MAX_LOCKS)
    page = paused(scene)
    assert (page.is_paused, page.code) == (True, "")
    stored_block, entries = stored(scene), len(scene.entries)
    paused(scene, OTHER_CODE)  # no further write, so nobody can delay a press with presses
    assert (stored(scene), len(scene.entries)) == (stored_block, entries)
    lifts_all(scene, codes)
    assert is_refused(scene)
    assert (stored(scene).locks, stored(scene).is_sealed) == ((), True)
    assert paused(scene).code == LIFT_CODE
    assert resumed(scene).is_paused


def test_a_lead_who_keeps_pressing_does_not_keep_the_client_from_it():
    scene = a_scene()
    codes = iter([numbered_code(number) for number in range(MAX_LOCKS)])
    scene.add(a_link(LEADS_LINK))
    saves = 0

    def press(step):
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


def test_parallel_codes_are_all_counted():
    scene = a_scene()
    paused(scene)

    def try_another():
        with pytest.raises(AccessDenied):
            resumed(scene, WRONG_CODE)

    scene.just_before("save", try_another)
    try_another()
    (codes,) = scene.find(PauseCodes)
    assert codes.count == 2


INVALID_LINKS = [
    ("z" * 52, {}),
    ("x", {}),
    (LINK_TEXT, {"expires_at": NOON}),
    (LINK_TEXT, {"revoked_at": NOON}),
    (LINK_TEXT, {"created_by": "bob"}),  # not a lead
]


@every("press", [paused, resumed])
@every("text, changes", INVALID_LINKS)
def test_an_invalid_link_pauses_and_lifts_nothing(press, text, changes):
    scene = a_scene(a_link(**changes), a_block("acme-prod"))
    items = dict(scene.items)
    with pytest.raises(NotFound):
        press(scene, LIFT_CODE, text)
    assert scene.items == items
    assert scene.entries == []


def settled(scene):
    block = scene.get(Block, "acme-prod")
    facts = block and (block.is_in_force, len(block.locks), block.is_recorded, block.is_finished)
    return facts, [line for line in scene.story() if "pause" in line]


def with_two_codes(scene):
    paused(scene)
    paused(scene, OTHER_CODE)


CHANGES = {
    "pause": (lambda _: None, paused),
    "pause again": (lambda scene: paused(scene, OTHER_CODE), paused),
    "lift": (paused, resumed),
    "remove a code": (with_two_codes, resumed),
}
every_change = every("prepare, change", CHANGES.values())


def scenes(prepare, change):
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
def test_a_change_that_is_killed_anywhere_is_all_or_nothing_after_the_job(prepare, change, nth):
    scene, undisturbed = scenes(prepare, change)
    before = settled(scene)
    repeated_if_killed(scene, nth, change, again=run_job)
    assert settled(scene) in (before, settled(undisturbed))


@every_change
@every("nth", [1, 2, 3])
@every("error, has_effect", LOST)
def test_a_write_without_an_answer_is_completed(prepare, change, nth, error, *, has_effect):
    scene, undisturbed = scenes(prepare, change)
    with loses_answer(scene, "save", error, nth=nth, has_effect=has_effect):
        change(scene)
    run_job(scene)
    assert settled(scene) == settled(undisturbed)


@every("step", ["vends", "put_outcome withheld"])
def test_a_pause_whose_vends_cannot_be_read_holds_and_is_completed(step):
    scene = a_scene()
    with failing(scene, "put_outcome issued"):
        assert refused(scene.vend) is DOWN
    with failing(scene, step):
        assert refused(paused, scene) is DOWN
        assert is_refused(scene)
    page = paused(scene)  # the browser sends the same form again
    assert page.pause.listing.alive == 1
    assert scene.story().count("pause.begin done") == 1
    assert "vend withheld paused-by-client" in scene.story()


def test_a_cut_off_that_cannot_be_recorded_is_requested_by_the_job():
    scene = a_scene()
    scene.vend()
    with failing(scene, "change"):
        assert paused(scene).is_paused
    assert not stored(scene).is_finished
    run_job(scene)
    assert stored(scene).is_finished
    assert scene.story().count("cut-off.request done") == 1


@every("lead, is_new", [("lena", False), ("lars", True)])
def test_a_request_that_stands_is_not_announced_as_a_new_one(lead, *, is_new):
    until = NOON + timedelta(hours=24)
    status = PauseStatus(paused=True, paused_at=NOON, lift_requested_by="lena", refuse_until=until)
    text = " ".join(status.describe_lift(lead))
    assert ("You have already asked to lift the pause." in text) is not is_new
    assert "You request" not in text
