"""Whatever a thing consists of, it comes back from the tables as it was."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.adapters.dynamodb.failures import add_type_tags, remove_type_tags
from chalicelib.adapters.dynamodb.keys import build_entry_attributes, parse_body
from chalicelib.adapters.dynamodb.rows import build_row
from chalicelib.adapters.dynamodb.tables import StateRow, TrailRow
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Item
from tests.adapters.dynamodb.test_item_keys import ITEMS
from tests.declared import structs
from tests.rows import every

KINDS = sorted({type(item) for item in ITEMS}, key=lambda kind: kind.__name__)
ROUND = settings(
    max_examples=4,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@every("kind", KINDS)
def test_an_item_comes_back_as_it_was(kind):
    @ROUND
    @given(structs(kind), st.integers(1, 10**6))
    def comes_back(made, version):
        item = replace(made, version=version)
        if isinstance(item, Stop):  # of a kind that there is
            item = replace(item, kind="Grant", names=("acme-prod", "alice"))
        stored = build_row(item).get_save_kwargs_from_instance()["Item"]
        # As a vend reads it, and as pynamodb does.
        body = remove_type_tags(stored["body"]["M"]) | {"version": int(stored["version"]["N"])}
        assert parse_body(kind, body) == item
        row = StateRow()
        row.deserialize(stored)
        assert parse_body(kind, row.body.as_dict() | {"version": row.version}) == item

    comes_back()


@ROUND
@given(structs(Entry).filter(lambda entry: bool(entry.id and entry.actor)))
def test_an_entry_comes_back_as_it_was(entry):
    stored = add_type_tags(build_entry_attributes(entry))
    row = TrailRow()
    row.deserialize(stored)
    assert parse_body(Entry, row.body.as_dict()) == entry
    assert parse_body(Entry, remove_type_tags(stored["body"]["M"])) == entry


def test_an_unknown_kind_of_item_is_not_stored():
    class UnknownKind(Item):
        """A kind without a key in the tables."""

    with pytest.raises(TypeError, match=r"^UnknownKind is not a stored kind of item$"):
        build_row(UnknownKind())
