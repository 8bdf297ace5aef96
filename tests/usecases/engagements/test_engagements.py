"""Engagements are opened, changed, closed, revoked and reopened; Daypass generates external IDs."""

import importlib
import inspect
import pkgutil
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib import usecases
from chalicelib.domain.engagements.engagements import Engagement, UsedExternalId
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.identifiers import RECORD_ID_BYTES
from chalicelib.domain.onboarding.requests import OpenEngagement
from chalicelib.usecases.engagements.engagements import (
    close_engagement,
    find_engagement,
    reopen_engagement,
    revoke_engagement,
)
from chalicelib.usecases.lists import iterate_list, list_all
from chalicelib.usecases.onboarding.open_engagement import open_engagement
from chalicelib.usecases.vending.sessions import list_sessions_with_states
from tests.builders import a_scene, an_engagement
from tests.fakes import DAY, HOUR, NOON
from tests.rows import every


def created(scene, id="initech", **changes):
    facts = {"client": "Initech", "account_id": "765432109876", "ends_at": NOON + DAY}
    return scene.do(open_engagement, OpenEngagement(id=id, **(facts | changes))).engagement


def test_an_engagement_begins_now_by_default():
    scene = a_scene()
    assert created(scene).starts_at == NOON
    assert created(scene, "hooli", starts_at=NOON + HOUR).starts_at > NOON
    assert find_engagement(scene.ports, "initech").is_open(NOON)


def test_no_request_can_choose_an_external_id():
    names = [each.name for each in pkgutil.walk_packages(usecases.__path__, "chalicelib.usecases.")]
    functions = [
        function
        for module in map(importlib.import_module, names)
        for _, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ in names
        and function not in (list_all, iterate_list, list_sessions_with_states)  # they read
    ]
    assert open_engagement in functions
    for function in functions:
        parameters = inspect.signature(function).parameters
        assert "external_id" not in parameters
        assert not any(each.kind is each.VAR_KEYWORD for each in parameters.values())


ACTS = {"x": close_engagement, "r": revoke_engagement, "k": reopen_engagement}


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("cxrk"), st.integers(0, 5)), max_size=30))
def test_no_two_engagements_ever_share_an_external_id(steps):
    """c: create, x: close, r: revoke, k: reopen. The random source repeats itself."""
    scene = a_scene()

    def random(count):
        if count == RECORD_ID_BYTES:  # no two entries ever share an ID
            return scene.world.random(count)
        return (next(scene.world.randoms) % 7).to_bytes(count, "big")

    repeating, given_out = replace(scene, ports=replace(scene.ports, random=random)), {}
    for act, number in steps:
        name = f"client-{number}"
        with suppress(DaypassError):
            if act in ACTS:
                repeating.do(ACTS[act], name)
            else:
                made = created(repeating, name)
                assert given_out.get(made.external_id, name) == name
                given_out[made.external_id] = name
    taken = {stored.external_id: stored.engagement for stored in scene.find(UsedExternalId)}
    assert taken == given_out
    kept = {e.external_id: e.id for e in scene.find(Engagement) if "client" in e.id}
    assert kept == given_out


@every("end", [close_engagement, revoke_engagement])
def test_a_reopened_engagement_is_unchanged(end):
    scene = a_scene()
    scene.do(end, "acme-prod")
    scene.do(reopen_engagement, "acme-prod", why="by mistake")
    assert scene.last_entry.details == {"said": "by mistake"}
    reopened = find_engagement(scene.ports, "acme-prod")
    assert reopened == an_engagement(version=3, stop=reopened.stop)
    scene.vend()
