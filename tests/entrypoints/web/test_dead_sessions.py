"""Sessions that are cut off, and roles that Daypass froze: every page says the same of them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeEngagement, CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.cut_off.cut_offs import CutOffStatus
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    reopen_engagement,
    revoke_engagement,
)
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.engagements.roles import end_role
from chalicelib.usecases.onboarding.client_pause import pause_by_client
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.vending.end_session import give_back_session
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.verification.cut_off.check import check_cut_off
from tests.builders import (
    LIFT_CODE,
    LINK_TEXT,
    ROLE_ARN,
    Scene,
    a_grant,
    a_link,
    a_member,
    a_token,
)
from tests.entrypoints.driver import Api, served
from tests.entrypoints.web.browser import Browser
from tests.fakes import NOON
from tests.usecases.vending.cut_offs.scene import (
    NAMES,
    a_scene_with_sessions,
    run_job,
    run_jobs_until_over,
    stored,
)

COMMAND = (
    f"aws iam detach-role-policy --role-name={NAMES.role_name} --policy-arn={NAMES.deny_all_arn}"
)
FROZEN = "Daypass attached AWSDenyAll to the IAM role"
SEEN = "cut off AWS refused Daypass’s canary at 12:00 UTC"
LISTS = ("/web/now", "/web/sessions", "/web/engagements/acme-prod", "/web/people/alice")

ReadAs = Callable[..., str]


def words_of(page: str) -> str:
    text = re.sub(r"<(script|style)>.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def a_scene(method: CutOffMethod) -> Scene:
    """Return a scene with a session of alice's and of bob's, and the leads lena and lois."""
    scene = a_scene_with_sessions(method)
    scene.world.add(a_member("lois", kind=Kind.LEAD), a_token("lois"))
    return scene


@pytest.fixture
def scene(request: pytest.FixtureRequest) -> Scene:
    return a_scene(getattr(request, "param", CutOffMethod.BRAKE))


@pytest.fixture
def api(scene: Scene) -> Iterator[Api]:
    with served(scene) as driven:
        yield driven


@pytest.fixture
def read(api: Api) -> ReadAs:
    """Return a function that returns a page's text, as the member sees it."""

    def read_as(by: str, path: str, **query: str) -> str:
        browser = Browser(api)
        browser.sign_in(by)
        page = browser.get(path, **query)
        assert page.status == 200, page.text
        return page.text

    return read_as


frozen_scene = pytest.mark.parametrize("scene", [CutOffMethod.FREEZE], indirect=True)


def freeze_role(scene: Scene) -> None:
    """Freeze the role by a revocation of its engagement, and reopen the engagement."""
    revoke_engagement(scene.ports, scene.caller("lena"), "acme-prod", why="-")
    run_job(scene)
    reopen_engagement(scene.ports, scene.caller("lena"), "acme-prod", why="-")


def detach(scene: Scene) -> None:
    """Let the client's administrator undo the freeze."""
    scene.world.roles[ROLE_ARN].attached.remove(NAMES.deny_all_arn)


def test_every_list_says_that_a_session_is_cut_off_and_counts_it_so(
    scene: Scene, read: ReadAs
) -> None:
    revoke_grant(scene.ports, scene.caller("lena"), "acme-prod", "alice", why="-")
    run_job(scene)
    for path in LISTS:
        words = words_of(read("lena", path))
        assert SEEN in words, path
        assert "ended" not in words.split(SEEN)[1][:40], path
    for path in ("/web/now", "/web/sessions", "/web/engagements/acme-prod"):
        assert re.search(r"1 live( session)?, 1 cut off", words_of(read("lena", path))), path
    assert "0 live sessions, 1 cut off" in words_of(read("lena", "/web/people/alice"))
    own = read("alice", "/web/access")
    assert SEEN in words_of(own)
    assert "0 live, 1 cut off" in words_of(own)
    result = read("lena", "/web/stops/grant", member="alice", engagement="acme-prod")
    assert SEEN in words_of(result)
    assert "0 live, 1 cut off." in words_of(result)


def test_a_cut_off_session_has_no_time_bar_and_no_action(scene: Scene, read: ReadAs) -> None:
    revoke_grant(scene.ports, scene.caller("lena"), "acme-prod", "alice", why="-")
    run_job(scene)
    page = read("lena", "/web/people/alice")
    assert "revoke-session" not in page
    assert "1 h left" not in words_of(page)
    assert "end-session" not in read("alice", "/web/access")


def test_a_requested_cut_off_leaves_a_session_live(scene: Scene, read: ReadAs) -> None:
    revoke_grant(scene.ports, scene.caller("lena"), "acme-prod", "alice", why="-")
    words = words_of(read("lena", "/web/engagements/acme-prod"))
    assert "live its cut-off is requested, not written" in words
    assert "2 live" in words


def test_a_session_that_was_given_back_counts_apart_everywhere(scene: Scene, read: ReadAs) -> None:
    vended = vend(scene.ports, scene.origin("alice"), "acme-prod", SessionRequest(role="readonly"))
    give_back_session(scene.ports, scene.caller("alice"), vended.vend)
    for member, path in (*(("lena", path) for path in LISTS), ("alice", "/web/access")):
        assert "1 given back" in words_of(read(member, path)), path
    assert read("alice", "/web/access").count("actions/end-session") == 1


@frozen_scene
def test_a_frozen_role_is_dead_on_every_page_also_after_its_sessions_end(
    scene: Scene, read: ReadAs
) -> None:
    freeze_role(scene)
    run_jobs_until_over(scene)
    assert stored(scene).cut_offs == ()
    engagement = read("lena", "/web/engagements/acme-prod")
    assert '<span class="badge bad">Frozen</span>' in engagement
    assert "State: Frozen" not in words_of(engagement)
    role = read("lena", "/web/engagements/acme-prod/roles/readonly")
    why = read("lena", "/web/why", member="bob", engagement="acme-prod", role="readonly")
    for page in (engagement, role, why):
        assert COMMAND in html.unescape(page)
        assert "Requested by lena" in words_of(page)
        assert "<pre>" not in page  # a narrow window scrolls it, so the keyboard must reach it
    now, person = read("lena", "/web/now"), read("lena", "/web/people/bob")
    own = read("bob", "/web/access")
    for page in (engagement, role, why, now, person, own):
        assert FROZEN in words_of(page)
    assert "readonly role frozen" in words_of(person)
    assert "readonly role frozen Daypass gives you a session, which can do nothing." in words_of(
        own
    )
    assert "acme-prod/readonly is frozen" in words_of(now)
    for other in scene.world.find(Role, where=lambda each: each.name != "readonly"):
        end_role(scene.ports, scene.caller("lena"), other.engagement, other.name, why="-")
    assert "State: Frozen" in words_of(read("lena", "/web/engagements/acme-prod"))
    assert "Acme acme-prod Frozen how to undo it" in words_of(read("lena", "/web/engagements"))


@frozen_scene
def test_the_list_of_engagements_leads_to_what_the_client_has_to_do(
    scene: Scene, read: ReadAs
) -> None:
    assert "frozen" not in words_of(read("lena", "/web/engagements"))
    freeze_role(scene)
    run_jobs_until_over(scene)
    page = read("lena", "/web/engagements")
    link = re.search(r'<a href="[^"]*(/web/engagements/acme-prod)#state">(.*?)</a>', page)
    assert link is not None
    assert words_of(link[2]) == "how to undo it at Acme"
    assert "1 role frozen how to undo it" in words_of(page)  # its other role is not frozen
    engagement = read("lena", link[1])
    assert 'id="state"' in engagement
    assert COMMAND in html.unescape(engagement)


@frozen_scene
def test_the_list_of_engagements_says_that_it_could_not_read_what_is_frozen(
    api: Api, scene: Scene
) -> None:
    freeze_role(scene)
    browser = Browser(api)
    browser.sign_in("lena")
    scene.world.fails_at("get_together", Unavailable(Reason.RECORDS_UNAVAILABLE))
    words = words_of(browser.get("/web/engagements").text)
    unread = "The pauses and frozen roles of these engagements could not be read."
    assert f"Not shown: {unread}" in words
    assert words.count("frozen roles unknown") == len(
        scene.world.find(Engagement, where=lambda _: True)
    )
    assert "role frozen" not in words


@frozen_scene
def test_a_role_that_the_clients_pause_froze_says_so(scene: Scene, read: ReadAs) -> None:
    scene.world.add(a_link())
    pause_by_client(scene.ports, LINK_TEXT, LIFT_CODE, address="203.0.113.7")
    run_job(scene)
    page = read("lena", "/web/engagements/acme-prod/roles/readonly")
    assert "The client’s pause requested it." in words_of(page)


@frozen_scene
@pytest.mark.parametrize("method", [CutOffMethod.FREEZE, CutOffMethod.NONE])
def test_a_session_that_began_after_a_freeze_is_live(
    scene: Scene, read: ReadAs, method: CutOffMethod
) -> None:
    """Only a check sees that the client has released the role. A lead who then changes the method
    must hide no session either."""
    freeze_role(scene)
    change = ChangeEngagement(cut_off=method)
    change_engagement(scene.ports, scene.caller("lena"), "acme-prod", change)
    detach(scene)
    scene.world.later(minutes=10)
    scene.world.add(a_grant("bob"))
    vended = vend(scene.ports, scene.origin("bob"), "acme-prod", SessionRequest(role="readonly"))
    released = "live Daypass froze the role on 24 November 2026, 12:00 UTC; the client may have"
    for path in (*LISTS[:3], "/web/people/bob"):
        page = read("lena", path)
        assert f"{released} released it" in words_of(page), path
        assert re.search(r"1 live( session)?, 2 cut off|1 live session,", words_of(page)), path
        assert f"session={vended.vend}" in html.unescape(page), path
    own = read("bob", "/web/access")
    assert f"{released} released it" in words_of(own)
    assert own.count("actions/end-session") == 1
    assert "1 live" in words_of(own)


@frozen_scene
def test_a_session_that_a_freeze_ended_says_when(scene: Scene, read: ReadAs) -> None:
    freeze_role(scene)
    item = stored(scene)
    cut_offs = tuple(
        replace(each, status=CutOffStatus.WRITTEN, seen_at=None) for each in item.cut_offs
    )
    scene.world.add(replace(item, cut_offs=cut_offs))  # Daypass could not look
    page = read("lena", "/web/people/alice")
    assert "role frozen AWS accepted AWSDenyAll on 24 November 2026, 12:00 UTC" in words_of(page)
    assert "0 live sessions, 1 of a frozen role" in words_of(page)
    assert "revoke-session" not in page


@frozen_scene
@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("@operator", "Requested by @operator"),
        ("lena", "Requested by lena"),
        ("", "is frozen."),
    ],
)
def test_only_a_member_who_requested_a_freeze_is_linked(
    scene: Scene, read: ReadAs, by: str, words: str
) -> None:
    freeze_role(scene)
    scene.world.add(replace(stored(scene), frozen_by=by))
    page = read("lena", "/web/engagements/acme-prod/roles/readonly")
    assert words in words_of(page)
    assert "/people/@" not in html.unescape(page)
    assert "/people/%40" not in page


@frozen_scene
def test_a_revoked_engagement_keeps_its_freeze_until_the_client_has_removed_the_access(
    scene: Scene, read: ReadAs
) -> None:
    revoke_engagement(scene.ports, scene.caller("lena"), "acme-prod", why="-")
    run_job(scene)
    paths = ("/web/now", "/web/engagements/acme-prod", "/web/engagements/acme-prod/roles/readonly")
    for path in paths:
        assert FROZEN in words_of(read("lena", path)), path
    for path in paths[1:]:
        words = words_of(read("lena", path))
        assert (
            "their administrator runs this command. If they need the IAM role for nothing" in words
        )
        assert "so no check shows that" in words
    assert "1 role frozen how to undo it" in words_of(read("lena", "/web/engagements"))
    engagement = scene.ports.state.get(Engagement, "acme-prod")
    assert engagement is not None
    scene.world.add(replace(engagement, access_removed_at=scene.world.clock))
    for path in (*paths, "/web/engagements"):
        page = read("lena", path)
        assert FROZEN not in words_of(page), path
        assert "how to undo it" not in words_of(page), path
        assert COMMAND not in html.unescape(page), path


@frozen_scene
@pytest.mark.parametrize("is_detached", [True, False])
def test_a_check_forgets_the_freeze_only_when_the_client_has_detached_it(
    scene: Scene, read: ReadAs, *, is_detached: bool
) -> None:
    freeze_role(scene)
    run_jobs_until_over(scene)
    if is_detached:
        detach(scene)
        scene.world.later(minutes=1)
    check_cut_off(scene.ports, SystemActor(SCHEDULE), "acme-prod", "readonly")
    assert (stored(scene).frozen_at is None) == is_detached
    assert (stored(scene).list_key == "") == is_detached
    assert (FROZEN in words_of(read("lena", "/web/now"))) != is_detached
    assert scene.world.clock > NOON + timedelta(hours=1)
