"""The trail is sealed hour by hour: each entry is in one file, and the chain never forks."""

from datetime import timedelta

import pytest

from chalicelib.domain.digest_head import DigestHead
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.evidence.digests import FIRST_HOUR, PUBLIC_KEY, find_last_finished_hour
from chalicelib.domain.evidence.export import parse_line
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.usecases.evidence.digests import ChainDiffers, DigestEnd, seal_hours
from daypass.digests.chain import verify_chain
from tests.adapters.scene import entry
from tests.builders import Scene, an_intent
from tests.fakes import NOON, World
from tests.fakes.digests import digest_ports
from tests.rows import every
from tests.usecases.lost_answers import failing, killed

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DOWN = Unavailable(Reason.AWS_UNREACHABLE)


def a_world(*entries, clock=NOON + 10 * MINUTE):
    return World(clock=clock, earlier_entries=list(entries))


def seal(ports, seconds=300.0):
    return seal_hours(ports, time_left=lambda: seconds)


def files(ports, name="entries.ndjson"):
    """Return the IDs in each hour's file, late ones with a star."""
    by_hour = {}
    for path, content in sorted(ports.store.objects.items()):
        hour, _, file = path.partition("/")
        if file == name:
            lines = content.decode().splitlines()
            stars = ["*" if line.endswith('"late":true}') else "" for line in lines]
            by_hour[hour[-2:]] = [
                parse_line(line).id + s for line, s in zip(lines, stars, strict=True)
            ]
    return by_hour


def digests(ports):
    return {n: c for n, c in ports.store.objects.items() if not n.endswith(".sig")}


def verify(ports, folder, **hashes):
    for name, content in ports.store.objects.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return verify_chain(str(folder), ports.store.objects[PUBLIC_KEY].decode(), **hashes)


@every(
    "minutes, hour",
    [(0, 10), (4, 10), (5, 11), (59, 11), (65, 12)],
)
def test_an_hour_is_sealed_five_minutes_after_its_end(minutes, hour):
    assert find_last_finished_hour(NOON + minutes * MINUTE) == NOON.replace(hour=hour)


def test_each_finished_hour_has_its_entries_also_an_empty_one(tmp_path):
    times = {"a": -10, "b": -50, "c": 15, "d": 125, "e": 190}
    world = a_world(*(entry(name, at=NOON + minutes * MINUTE) for name, minutes in times.items()))
    ports = digest_ports(world)
    assert seal(ports).hours == 1
    world.later(hours=3)
    summary = seal(ports)
    assert (summary.hours, summary.entries, summary.ended) == (3, 2, DigestEnd.ALL_DONE)
    assert files(ports) == {"11": ["b", "a"], "12": ["c"], "13": [], "14": ["d"]}
    verdict = verify(ports, tmp_path)
    assert (verdict.hours, verdict.entries, verdict.findings) == (4, 4, [])
    head = world.ports().state.get(DigestHead)
    assert (head.hour, head.hash) == (NOON + 2 * HOUR, verdict.head)
    assert seal(ports).hours == 0  # nothing is left


def test_the_files_are_those_that_sha256sum_reads():
    ports = digest_ports(a_world(clock=NOON + 70 * MINUTE))
    seal(ports)
    ports.ports.state._world.later(hours=1)
    seal(ports)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    first = f"{empty}  2026-11-24T12/entries.ndjson\n".encode()
    second = ports.store.objects["2026-11-24T13/digest.txt"].decode().splitlines()
    assert ports.store.objects["2026-11-24T12/digest.txt"] == first
    assert second[0] == f"{empty}  2026-11-24T13/entries.ndjson"
    assert second[1].endswith("  2026-11-24T12/digest.txt")
    assert ports.store.objects[FIRST_HOUR] == b"2026-11-24T12\n"


@every(
    "minutes, expected",
    [
        (-1, ["x*"]),  # a clock, a retry or a slow index
        (-5 * 60, ["x*"]),
        (-6 * 60, ["x*"]),  # the bound: six hours before the hour
        (-6 * 60 - 1, []),
    ],
)
def test_a_late_entry_is_in_the_next_hours_file_and_says_so(minutes, expected):
    world = a_world(clock=NOON - 10 * HOUR + 10 * MINUTE)
    ports = digest_ports(world)
    seal(ports)
    world.later(hours=10)
    seal(ports)
    world.earlier_entries.append(entry("x", at=NOON + minutes * MINUTE))
    world.later(hours=1)
    seal(ports)
    assert files(ports)["12"] == expected
    world.later(hours=1)
    seal(ports)
    assert files(ports)["13"] == []


def test_the_first_hour_takes_what_came_before_it():
    ports = digest_ports(a_world(entry("a", at=NOON - 3 * HOUR), entry("b", at=NOON - 30 * MINUTE)))
    seal(ports)
    assert files(ports) == {"11": ["a*", "b"]}


def test_the_end_of_a_session_is_in_its_own_hour_and_not_late():
    """It stands beside its intent, whose hour may be sealed by then."""
    intent = an_intent(at=NOON + 40 * MINUTE)
    fields = {"actor": "alice", "vend": intent.vend, "action": Action.SESSION_END}
    end = entry("end", at=NOON + 65 * MINUTE, **fields)
    world = a_world(intent, clock=NOON + 65 * MINUTE)
    ports = digest_ports(world)
    seal(ports)
    world.earlier_entries.append(end)
    world.later(hours=1)
    seal(ports)
    assert files(ports) == {"12": [intent.id], "13": ["end"]}


def test_a_run_is_bounded_and_the_next_one_continues(tmp_path):
    world = a_world()
    ports = digest_ports(world)
    seal(ports)
    world.later(hours=50)
    time = iter([300.0, 200.0, 40.0, 29.0])
    summary = seal_hours(ports, time_left=lambda: next(time))
    assert (summary.hours, summary.ended) == (3, DigestEnd.OUT_OF_TIME)
    assert seal(ports).hours == 47
    assert verify(ports, tmp_path).findings == []


def three_hours():
    times = {"a": -10, "b": -50, "c": 15, "d": 70}
    world = a_world(*(entry(name, at=NOON + minutes * MINUTE) for name, minutes in times.items()))
    ports = digest_ports(world)
    seal(ports)
    world.later(hours=2)
    return world, ports


def whole_run():
    world, ports = three_hours()
    done = len(world.steps)
    seal(ports)
    return world.steps[done:], digests(ports)


def all_ids(ports):
    """Return the IDs in all files, each once."""
    ids = [each.strip("*") for hour in files(ports).values() for each in hour]
    assert len(ids) == len({*ids})
    return {*ids}


def assert_has_each_entry_once(ports):
    assert all_ids(ports) == {"a", "b", "c", "d", "late"}


def assert_is_whole(ports, folder):
    folder.mkdir()
    assert verify(ports, folder).findings == []


def test_a_run_that_is_killed_at_any_step_is_completed_by_the_next(tmp_path):
    steps, _ = whole_run()
    assert len(steps) > 10
    for number in range(len(steps)):
        world, ports = three_hours()
        with killed(Scene(world, ports.ports), number):
            seal(ports)
        world.earlier_entries.append(entry("late", at=NOON + 5 * MINUTE))
        seal(ports)
        assert_is_whole(ports, tmp_path / str(number))
        assert all_ids(ports) - {"late"} == {"a", "b", "c", "d"}
        world.later(hours=1)  # hour 13 may have been sealed before; the next run takes it
        seal(ports)
        assert_has_each_entry_once(ports)


@every("fault", [DOWN, TimeoutError("a bug")])
def test_a_run_that_fails_at_any_step_leaves_the_chain_as_if_it_had_not(fault):
    steps, whole = whole_run()
    for step in dict.fromkeys(steps):
        world, ports = three_hours()
        ports.store.objects[PUBLIC_KEY] = whole[PUBLIC_KEY]
        with failing(Scene(world, ports.ports), step, fault), pytest.raises(type(fault)):
            seal(ports)
        seal(ports)
        assert digests(ports) == whole, step


def test_two_runs_at_once_build_one_chain(tmp_path):
    """The other run sees an entry that this one did not see."""
    steps, _ = whole_run()
    for number, step in enumerate(dict.fromkeys(steps)):
        world, ports = three_hours()
        late = entry("late", at=NOON + 5 * MINUTE)

        def other(world=world, ports=ports, late=late):
            world.earlier_entries.append(late)
            assert seal(ports).ended is DigestEnd.ALL_DONE

        world.just_before(step, other)
        assert seal(ports).ended in (DigestEnd.ANOTHER_RUN, DigestEnd.ALL_DONE)
        world.later(hours=1)
        seal(ports)
        assert_is_whole(ports, tmp_path / str(number))
        assert_has_each_entry_once(ports)


def test_after_the_loss_of_the_head_a_run_goes_through_the_files_again():
    world, ports = three_hours()
    seal(ports)
    before, head = dict(ports.store.objects), ports.ports.state.get(DigestHead)
    del world.items[DigestHead, ()]
    world.earlier_entries.append(entry("late", at=NOON + 5 * MINUTE))
    assert seal(ports).hours == 3
    assert ports.store.objects == before
    assert ports.ports.state.get(DigestHead).hash == head.hash


def test_a_chain_that_someone_else_has_written_is_not_continued():
    _, ports = three_hours()
    ports.store.objects["2026-11-24T12/digest.txt"] = (
        b"0" * 64 + b"  2026-11-24T12/entries.ndjson\n"
    )
    with pytest.raises(ChainDiffers):
        seal(ports)
    assert ports.ports.state.get(DigestHead).hour == NOON - HOUR
