"""No page of the web console makes more calls to AWS than 25 rows need, however much there is."""

from contextlib import contextmanager
from datetime import timedelta

import pytest

from chalicelib.entrypoints.engagements.overview_job import overview
from tests.builders import (
    a_grant,
    a_member,
    a_request,
    a_request_id,
    a_role,
    a_scene,
    a_token,
    an_engagement,
)
from tests.e2e.roles.deployed import RoutedApi
from tests.e2e.roles.story import Context, vends_of_too_many_sessions
from tests.entrypoints.web.entering import enter, open_page, page_routes, prepare_page
from tests.fakes import NOON

MOST_CALLS = 40
MORE_CALLS = {
    "/web/matrix": 120,  # the grants of each of 80 engagements
    "/web/review/package": 120,  # the trail of 25 members, twice: these items are not on it
    "/web/search": 80,  # people, engagements, requests and sessions
    "/web/requests": 50,
    "/web/review": 50,  # the trail once for each of 25 rows
    "/web/people/{member}": 50,  # Alice has 260 grants
    "/web": 50,
    "/web/now": 50,
}
MANY = 260
"""More than a page of any list, and more than one call of BatchGetItem reads."""


@pytest.fixture(scope="module")
def busy(deployment):
    """Return the deployment with many engagements, people, grants, requests and sessions."""
    scene = a_scene()
    for route in page_routes():
        prepare_page(scene.world, route)
    scene.world.add(*many_items())
    enter(RoutedApi(scene, deployment.in_lambda), "lena")
    deployment.reset(scene.world, vends_of_too_many_sessions())
    summary = deployment.invoke("Overview", overview, {}, Context())
    assert summary["ended"] == "all-done"
    return deployment


def many_items():
    later = NOON + timedelta(days=365)
    for number in range(MANY):
        name = f"n{number:04}"
        yield an_engagement(name, external_id=f"daypass-{name}", ends_at=later)
        yield a_role(engagement=name)
        yield a_role(name)  # of acme-prod
        yield a_grant("alice", engagement=name, ends_at=later)
        yield a_grant(name)  # for acme-prod
        yield a_member(name)
        yield a_token(name)
        yield a_request(id=a_request_id(number=number + 10), stops=("", "", "", ""))


@contextmanager
def counted(deployment):
    """Yield the list of the AWS operations that the console's function calls in the block."""
    client = deployment.in_lambda.ports("Web").state._tables.client
    operations = []

    def record(model, **_):
        operations.append(model.name)

    client.meta.events.register("before-call.*.*", record)
    yield operations
    client.meta.events.unregister("before-call.*.*", record)


@pytest.mark.parametrize("route", page_routes())
def test_a_page_makes_few_calls(busy, route):
    scene = a_scene()
    browser = enter(RoutedApi(scene, busy.in_lambda), "lena")
    with counted(busy) as operations:
        answer = open_page(browser, route)
    assert answer.status in (200, 303), answer.text
    assert "unread" not in answer.text.partition("<main")[2]
    assert 2 <= len(operations) <= MORE_CALLS.get(route, MOST_CALLS), operations
