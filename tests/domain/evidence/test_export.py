"""Trail entries as lines of JSON."""

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.evidence.export import FIELDS, format_line, parse_line
from chalicelib.domain.trail import Action
from tests.domain.evidence.samples import SAMPLES, entry
from tests.fakes import NOON
from tests.rows import every

LINE = (
    '{"id":"5d2f8a0c4e917b36","at":"2026-11-24T12:00:00.000000Z","actor":"lena","token":"",'
    '"address":"","action":"member.create","outcome":"done","reason":"","engagement":"","role":"",'
    '"subject":"alice","vend":"","details":{"kind":"member","name":"Älice\\n=1+1"}}'
)


def test_a_line_has_each_field_in_the_declared_order_and_the_details_by_name():
    details = {"name": "Älice\n=1+1", "kind": "member"}
    line = format_line(entry(Action.MEMBER_CREATE, details, subject="alice"))
    assert line == LINE
    assert FIELDS == (
        "id", "at", "actor", "token", "address", "action", "outcome", "reason", "engagement",
        "role", "subject", "vend", "details",
    )  # fmt: skip


@every("sample", SAMPLES)
def test_a_line_is_the_whole_entry(sample):
    sample = replace(sample, at=NOON + timedelta(microseconds=1))
    line = format_line(sample)
    assert parse_line(line) == sample
    assert "\n" not in line
