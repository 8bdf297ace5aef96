"""The trail is sealed hour by hour: each entry is in one file, and the chain never forks."""

import pytest

from chalicelib.domain.digest_head import DigestHead
from chalicelib.domain.evidence.digests import FIRST_HOUR, PUBLIC_KEY, find_last_finished_hour
from chalicelib.domain.evidence.export import parse_line
from chalicelib.domain.trail import Action
from chalicelib.usecases.evidence.digests import ChainDiffers, seal_hours
from daypass.digests.chain import verify_chain
from tests.adapters.scene import entry
from tests.builders import Scene, an_intent
from tests.fakes import HOUR, MINUTE, NOON, World
from tests.fakes.digests import digest_ports
from tests.rows import every
from tests.usecases.lost_answers import DOWN, failing, killed


def entries_at(**minutes):
    """Return an entry for each name, so many minutes after noon."""
    return [entry(name, at=NOON + after * MINUTE) for name, after in minutes.items()]


def sealed(*entries, clock=NOON + 10 * MINUTE):
    """Return a world and the job's ports on it after the first run."""
    world = World(clock=clock, earlier_entries=list(entries))
    ports = digest_ports(world)
    assert seal(ports).hours == 1
    return world, ports


def seal(ports, **later):
    ports.store.world.later(**later)
    return seal_hours(ports, time_left=lambda: 300.0)


def files(ports):
    """Return the IDs in each hour's file, late ones with a star."""
    by_hour = {}
    for path, content in sorted(ports.store.objects.items()):
        hour, _, file = path.partition("/")
        if file == "entries.ndjson":
            by_hour[hour[-2:]] = [
                parse_line(line).id + "*" * line.endswith('"late":true}')
                for line in content.decode().splitlines()
            ]
    return by_hour


def digests(ports):
    return {n: c for n, c in ports.store.objects.items() if not n.endswith(".sig")}


def verify(ports, folder):
    for name, content in ports.store.objects.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return verify_chain(str(folder), ports.store.objects[PUBLIC_KEY].decode())


@every(
    "minutes, hour",
    [(0, 10), (4, 10), (5, 11), (59, 11), (65, 12)],
)
def test_an_hour_is_sealed_five_minutes_after_its_end(minutes, hour):
    assert find_last_finished_hour(NOON + minutes * MINUTE) == NOON.replace(hour=hour)


def test_each_finished_hour_has_its_entries_also_an_empty_one(tmp_path):
    world, ports = sealed(*entries_at(a=-10, b=-50, c=15, d=125, e=190))
    summary = seal(ports, hours=3)
    assert (summary.hours, summary.entries, summary.ended) == (3, 2, "all-done")
    assert files(ports) == {"11": ["b", "a"], "12": ["c"], "13": [], "14": ["d"]}
    verdict = verify(ports, tmp_path)
    assert (verdict.hours, verdict.entries, verdict.findings) == (4, 4, [])
    head = world.ports().state.get(DigestHead)
    assert (head.hour, head.hash) == (NOON + 2 * HOUR, verdict.head)
    assert seal(ports).hours == 0  # nothing is left


def test_the_files_are_those_that_sha256sum_reads():
    _, ports = sealed(clock=NOON + 70 * MINUTE)
    seal(ports, hours=1)
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
    world, ports = sealed(clock=NOON - 10 * HOUR + 10 * MINUTE)
    seal(ports, hours=10)
    world.earlier_entries += entries_at(x=minutes)
    for _ in range(2):
        seal(ports, hours=1)
    assert (files(ports)["12"], files(ports)["13"]) == (expected, [])


def test_the_first_hour_takes_what_came_before_it():
    _, ports = sealed(*entries_at(a=-180, b=-30))
    assert files(ports) == {"11": ["a*", "b"]}


def test_the_end_of_a_session_is_in_its_own_hour_and_not_late():
    """It stands beside its intent, whose hour may be sealed by then."""
    intent = an_intent(at=NOON + 40 * MINUTE)
    fields = {"actor": "alice", "vend": intent.vend, "action": Action.SESSION_END}
    end = entry("end", at=NOON + 65 * MINUTE, **fields)
    world, ports = sealed(intent, clock=NOON + 65 * MINUTE)
    world.earlier_entries.append(end)
    seal(ports, hours=1)
    assert files(ports) == {"12": [intent.id], "13": ["end"]}


def test_a_run_is_bounded_and_the_next_one_continues(tmp_path):
    world, ports = sealed()
    world.later(hours=50)
    time = iter([300.0, 200.0, 40.0, 29.0])
    summary = seal_hours(ports, time_left=lambda: next(time))
    assert (summary.hours, summary.ended) == (3, "out-of-time")
    assert seal(ports).hours == 47
    assert verify(ports, tmp_path).findings == []


def three_hours():
    world, ports = sealed(*entries_at(a=-10, b=-50, c=15, d=70))
    world.later(hours=2)
    return world, ports


def whole_run():
    world, ports = three_hours()
    done = len(world.steps)
    seal(ports)
    return world.steps[done:], digests(ports)


def all_ids(ports):
    return sorted(each.strip("*") for hour in files(ports).values() for each in hour)


def assert_is_whole_an_hour_later(ports, folder):
    """Hour 13 may have been sealed before a late entry; the next run takes that."""
    seal(ports, hours=1)
    assert all_ids(ports) == ["a", "b", "c", "d", "late"]
    folder.mkdir()
    assert verify(ports, folder).findings == []


def test_a_run_that_is_killed_at_any_step_is_completed_by_the_next(tmp_path):
    steps, _ = whole_run()
    assert len(steps) > 10
    for number in range(len(steps)):
        world, ports = three_hours()
        with killed(Scene(world, ports.ports), number):
            seal(ports)
        world.earlier_entries += entries_at(late=5)
        seal(ports)
        assert all_ids(ports)[:4] == ["a", "b", "c", "d"]
        assert_is_whole_an_hour_later(ports, tmp_path / str(number))


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

        def other(world=world, ports=ports):
            world.earlier_entries += entries_at(late=5)
            assert seal(ports).ended == "all-done"

        world.just_before(step, other)
        assert seal(ports).ended in ("another-run", "all-done")
        assert_is_whole_an_hour_later(ports, tmp_path / str(number))


def test_after_the_loss_of_the_head_a_run_goes_through_the_files_again():
    world, ports = three_hours()
    seal(ports)
    before, head = dict(ports.store.objects), ports.ports.state.get(DigestHead)
    del world.items[DigestHead, ()]
    world.earlier_entries += entries_at(late=5)
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
