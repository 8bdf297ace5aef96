"""New entries are sent to the event bus at least once, and none of them blocks the others."""

import json
import random
from datetime import timedelta

from chalicelib.domain.evidence.trail_events import NewEntry, SendResult
from chalicelib.usecases.evidence.publish import (
    LATE,
    SECONDS_FOR_ONE_CALL,
    TRIES,
    PublishPorts,
    PublishSummary,
    publish,
)
from tests.domain.evidence.samples import entry
from tests.fakes import NOON
from tests.fakes.event_bus import FakeEventBus
from tests.rows import every

SENT, NOT_SENT, INVALID = SendResult


def records(count, *, unreadable=()):
    return [
        NewEntry(
            position=f"p{number}",
            recorded_at=NOON,
            key=f"key-{number}",
            entry=None if number in unreadable else entry("vend", id=str(number)),
        )
        for number in range(count)
    ]


def names(*numbers):
    return [str(number) for number in numbers]


class Run:
    """One run, with its summary, its pauses and the names of entries that it left out."""

    def __init__(self, bus, batch, *, seconds=300.0, now=NOON):
        self.pauses, self.left_out = [], []
        ports = PublishPorts(
            bus=bus, read_stream=lambda _: batch, now=lambda: now, pause=self.pauses.append
        )
        self.summary = publish(
            ports, batch, time_left=lambda: seconds, report_left_out=self.left_out.append
        )


def failing(entries, result=NOT_SENT, *, until_call=None):
    """Return a bus on which these entries have this result, in calls before `until_call`."""

    def result_for(call, event):
        fails = event.entry in entries and (until_call is None or call < until_call)
        return result if fails else SENT

    return FakeEventBus(result_for)


FIRST, SECOND = names(*range(10)), names(*range(10, 20))
# The bus, the batch, the calls, and the pauses, the entries left out and the summary.
BATCHES = {
    "all entries of a batch are sent in their order": (
        FakeEventBus(), records(25), [FIRST, SECOND, names(*range(20, 25))],
        [], [], PublishSummary(sent=25),
    ),
    "an empty batch calls nothing": (FakeEventBus(), [], [], [], [], PublishSummary()),
    "only the failed events of a call are sent again": (
        failing({"2", "4"}, until_call=2), records(5), [names(*range(5)), names(2, 4)],
        [1], [], PublishSummary(sent=5),
    ),
    "a batch comes again from the first entry that was not sent": (
        failing({"12", "14"}), records(25), [FIRST, SECOND, *[names(12, 14)] * 2],
        [*range(1, TRIES)], [], PublishSummary(sent=18, first_unsent="p12"),
    ),
    "an entry that the bus never takes is left out and reported": (
        failing({"1"}, INVALID), records(3), [names(0, 1, 2)],
        [], ["1"], PublishSummary(sent=2, left_out=1),
    ),
    "a record that cannot be read is left out and reported": (
        FakeEventBus(), records(4, unreadable={1, 3}), [names(0, 2)],
        [], ["key-1", "key-3"], PublishSummary(sent=2, left_out=2),
    ),
}  # fmt: skip


@every("title", BATCHES)
def test_what_a_run_sends_and_reports(title):
    bus, batch, calls, *result = BATCHES[title]
    run = Run(bus, batch)
    assert (bus.calls, [run.pauses, run.left_out, run.summary]) == (calls, result)


@every(
    "seconds, summary",
    [
        (SECONDS_FOR_ONE_CALL, PublishSummary(sent=3)),
        (SECONDS_FOR_ONE_CALL - 0.01, PublishSummary(first_unsent="p0")),
    ],
)
def test_a_run_that_has_too_little_time_leaves_the_entries_to_the_next(seconds, summary):
    assert Run(FakeEventBus(), records(3), seconds=seconds).summary == summary


@every(
    "age, late",
    [(LATE, 0), (LATE + timedelta(seconds=1), 1)],
)
def test_an_entry_that_is_not_sent_for_five_minutes_is_late(age, late):
    run = Run(failing({"0"}), records(1), now=NOON + age)
    assert run.summary == PublishSummary(late=late, first_unsent="p0")
    assert Run(FakeEventBus(), records(1), now=NOON + age).summary == PublishSummary(sent=1)


@every("seed", list(range(50)))
def test_every_entry_of_an_hour_arrives_whatever_fails_now_and_then(seed):
    """Lambda gives a batch again from the first entry that was not sent. A call can also fail as a
    whole, or reach the bus although its answer is lost."""
    dice = random.Random(seed)  # noqa: S311 - no secret depends on it
    stream, position = records(200, unreadable={7, 77}), 0

    class UnreliableBus(FakeEventBus):
        def send(self, events):
            match dice.choice(["works", "works", "fails", "answer is lost", "partly"]):
                case "fails":
                    return [NOT_SENT] * len(events)
                case "answer is lost":
                    FakeEventBus.send(self, events)
                    return [NOT_SENT] * len(events)
                case "partly":
                    self.result_for = lambda *_: dice.choice([SENT, NOT_SENT])
                case "works":
                    self.result_for = lambda *_: SENT
            return FakeEventBus.send(self, events)

    bus, left_out = UnreliableBus(), set()
    while position < len(stream):
        batch = stream[position : position + dice.randint(1, 100)]
        run = Run(bus, batch)
        left_out |= {*run.left_out}
        positions = [record.position for record in batch]
        first = run.summary.first_unsent
        position += positions.index(first) if first else len(batch)
    received = {json.loads(line)["id"] for line in bus.received}
    assert received == {str(n) for n in range(200)} - {"7", "77"}
    assert left_out == {"key-7", "key-77"}
