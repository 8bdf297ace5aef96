"""Access links in the State port: the fake and DynamoDB, told the same, answer the same."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.vending.access import Facts
from chalicelib.domain.vending.access_links import AccessLink
from tests.adapters.scene import Kit, everything, put
from tests.builders import NOON, an_access_link, presented_by


@pytest.mark.parametrize("changes", [{}, {"used_at": NOON, "revoked_at": NOON, "duration": 900}])
def test_an_access_link_is_found_by_its_hash(
    kit: Kit, name: str, changes: dict[str, object]
) -> None:
    link = an_access_link(name, **changes)
    assert kit.ports.state.get(AccessLink, link.hash) is None
    put(kit, name, link)
    assert kit.ports.state.get(AccessLink, link.hash) == link


def test_an_access_link_is_among_the_facts_where_it_is_presented(kit: Kit, name: str) -> None:
    items, link = everything(name), an_access_link(name, member=name)
    put(kit, name, *items.values(), link)
    facts = kit.ports.state.facts
    by_link = replace(presented_by(name), link=link.hash)
    assert facts(by_link, name, "readonly") == Facts(**items, link=link)
    assert facts(replace(by_link, link="0" * 64), name, "readonly") == Facts(**items)
    assert facts(presented_by(name), name, "readonly").link is None


def test_of_several_who_use_an_access_link_one_does(kit: Kit, name: str) -> None:
    link = an_access_link(name)
    put(kit, name, link)
    put(kit, name + "b", link.used(NOON))
    with pytest.raises(FactsChanged):
        put(kit, name + "c", link.used(NOON))
    assert kit.ports.state.get(AccessLink, link.hash) == link.used(NOON)
