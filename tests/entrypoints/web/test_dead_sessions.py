"""Sessions that are cut off, and roles that Daypass shut: every page says the same of them."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeEngagement, CutOffMethod
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.cut_off.cut_offs import CutOffStatus
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    reopen_engagement,
    revoke_engagement,
)
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.engagements.roles import end_role
from chalicelib.usecases.vending.end_session import give_back_session
from chalicelib.usecases.vending.vend import vend
from tests.builders import ROLE_ARN, a_grant
from tests.usecases.unreadable import UNAVAILABLE
from tests.usecases.vending.cut_offs.scene import (
    NAMES,
    a_scene_with_sessions,
    run_job,
    run_jobs_until_over,
    stored,
)

LISTS = ("/web/now", "/web/sessions", "/web/engagements/acme-prod", "/web/people/alice")
ROLE = "/web/engagements/acme-prod/roles/readonly"


@pytest.fixture
def scene(request):
    """Return a scene with a session of alice's and of bob's, and the lead lena."""
    return a_scene_with_sessions(getattr(request, "param", CutOffMethod.BRAKE))


deny_all_scene = pytest.mark.parametrize("scene", [CutOffMethod.DENY_ALL], indirect=True)


def shut_role(scene):
    """Shut the role by a revocation of its engagement, and reopen the engagement."""
    revoke_engagement(scene.ports, scene.caller("lena"), "acme-prod", why="-")
    run_job(scene)
    reopen_engagement(scene.ports, scene.caller("lena"), "acme-prod", why="-")


def detach(scene):
    """Let the client's administrator reopen the role."""
    scene.world.roles[ROLE_ARN].attached.remove(NAMES.deny_all_arn)


def test_every_list_says_that_a_session_is_cut_off(console, scene):
    revoke_grant(scene.ports, scene.caller("lena"), "acme-prod", "alice", why="-")
    console.note("the cut-off of alice's session is requested")
    console.open("lena", *LISTS)
    run_job(scene)
    console.note("AWS has refused Daypass's canary")
    console.open("lena", *LISTS)
    console.open("alice", "/web/access")
    console.open("lena", "/web/stops/revoke-member", member="alice")
    console.hold("dead-sessions/cut-off")


def test_a_session_that_was_given_back_counts_apart_everywhere(console, scene):
    vended = vend(scene.ports, scene.origin("alice"), "acme-prod", SessionRequest(role="readonly"))
    give_back_session(scene.ports, scene.caller("alice"), vended.vend)
    console.open("lena", *LISTS)
    console.open("alice", "/web/access")
    console.hold("dead-sessions/given-back")


@deny_all_scene
def test_a_shut_role_is_dead_on_every_page_also_after_its_sessions_end(console, scene):
    console.open("lena", "/web/engagements")
    shut_role(scene)
    run_jobs_until_over(scene)
    assert stored(scene).cut_offs == ()
    console.note("the role is shut")
    console.open("lena", "/web/engagements", *LISTS[:3], ROLE, "/web/people/bob")
    console.open("lena", "/web/why", member="bob", engagement="acme-prod", role="readonly")
    console.open("bob", "/web/access")
    for other in scene.world.find(Role, where=lambda each: each.name != "readonly"):
        end_role(scene.ports, scene.caller("lena"), other.engagement, other.name, why="-")
    console.note("it is the engagement's only role")
    console.open("lena", LISTS[2], "/web/engagements")
    console.note("what is shut cannot be read")
    scene.world.fails_at("get_together", UNAVAILABLE)
    console.open("lena", "/web/engagements")
    console.hold("dead-sessions/shut-role")


@deny_all_scene
def test_a_page_says_who_shut_a_role_and_when_its_sessions_ended(console, scene):
    shut_role(scene)
    for by in ("lena", "@client", "@operator", ""):
        console.note(f"requested by {by or 'someone unknown'}", replace(stored(scene), shut_by=by))
        console.open("lena", ROLE)
    item = stored(scene)
    cut_offs = [replace(each, status=CutOffStatus.WRITTEN, seen_at=None) for each in item.cut_offs]
    console.note("Daypass could not look", replace(item, cut_offs=tuple(cut_offs)))
    console.open("lena", "/web/people/alice")
    console.hold("dead-sessions/who-shut-it")


@deny_all_scene
@pytest.mark.parametrize("method", [CutOffMethod.DENY_ALL, CutOffMethod.NONE])
def test_a_session_that_began_after_the_role_was_shut_is_live(console, scene, method):
    """Only a check sees that the client has released the role. A lead who then changes the method
    must hide no session either."""
    shut_role(scene)
    change = ChangeEngagement(cut_off=method)
    change_engagement(scene.ports, scene.caller("lena"), "acme-prod", change)
    detach(scene)
    scene.world.later(minutes=10)
    scene.world.add(a_grant("bob"))
    vend(scene.ports, scene.origin("bob"), "acme-prod", SessionRequest(role="readonly"))
    console.open("lena", *LISTS[:3], "/web/people/bob")
    console.open("bob", "/web/access")
    console.hold(f"dead-sessions/after-a-cut-off-{method.value}")
