"""A client is revoked, or a member leaves the firm: several engagements or grants end at once."""

from collections import Counter
from functools import partial

from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import Kind, Leads
from chalicelib.usecases.engagements.several import TIME_TO_BEGIN, leave, revoke_client
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from tests.builders import (
    BEFORE,
    a_binding,
    a_grant,
    a_member,
    a_role,
    a_scene,
    a_token,
    an_engagement,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.lost_answers import DOWN, killed
from tests.usecases.refusals import refusal_of
from tests.usecases.telling import Telling, as_json, vends

ACMES = ("acme-lab", "acme-prod", "acme-test")


def a_scene_with_clients():
    """Return a scene with three engagements of Acme, in different spellings, and two clients with
    similar names."""
    scene = a_scene()
    spellings = {"acme-lab": "ACME", "acme-test": "acme"}
    others = {"acme-ltd": "ACME Ltd", "acme-labs": "Acme Labs", "acme-labs-2": "acme  labs"}
    for name, client in (spellings | others).items():
        scene.add(
            an_engagement(name, client=client),
            a_role(engagement=name),
            a_grant(engagement=name),
            a_grant("bob", engagement=name),
        )
    return scene


def revoked(scene, client="Acme"):
    return scene.do(revoke_client, client, why="the client asked for it")


def statuses(response):
    return {part.engagement: part.status for part in response.engagements}


def recorded(scene):
    """Return how often each revocation is recorded, and a member's leave."""
    actions = ("engagement.revoke", "grant.revoke", "member.leave")
    return Counter(entry.action for entry in scene.entries if entry.action in actions)


def test_two_leads_at_once_give_one_revocation_of_each_engagement():
    scene = a_scene_with_clients()
    responses = []
    scene.just_before("save", lambda: responses.append(revoked(scene)), nth=2)
    responses.append(revoked(scene))
    assert statuses(responses[0]) == statuses(responses[1])
    assert recorded(scene) == {"engagement.revoke": 3}


def test_every_block_is_stored_before_the_first_list_is_read():
    scene = a_scene_with_clients()
    revoked(scene)
    steps = scene.steps
    first_list = steps.index("vends")
    # Each engagement has one stop. The later writes finish them.
    assert steps[:first_list].count("save") == 3


def fails_after(scene, successes, step):
    """Let the step succeed so many times, and then always fail."""
    fail = partial(scene.fails_at, step, DOWN)
    if successes:
        scene.just_before(step, fail, nth=successes)
    else:
        fail()


def with_message(response):
    return {"message": response.message} | as_json(response)


def revokes(scene, *client):
    return with_message(revoked(scene, *client))


def test_what_happens_to_each_engagement_is_as_the_file_says():
    story = Telling()
    scene = story.begin("However the client is spelled, twice", a_scene_with_clients())
    sessions = ("alice", "acme-prod"), ("bob", "acme-lab"), ("alice", "acme-ltd")
    for _ in range(2):
        for member in sessions:
            story.do(vends, scene, *member)
        story.do(revokes, scene, "  aCME ")
        scene.later(minutes=1)
    for client in ("Acme Limited Labs", "Hooli"):
        story.do(revokes, scene, client)
    # Each engagement has one stop. The first engagement has two members with vends.
    for step, successes in (("save", 0), ("save", 1), ("save", 2), ("vends", 2)):
        title = f"{step} fails after {successes} times, and then works again"
        scene = story.begin(title, a_scene_with_clients())
        fails_after(scene, successes, step)
        story.do(revokes, scene)
        scene.world.before = None
        story.do(revokes, scene)
    for step in ("save", "vends"):
        scene = story.begin(f"{step} takes too long, and then works", a_scene_with_clients())
        ticks(scene, step)
        for _ in range(3):
            story.do(revokes, scene)
        scene.world.before = None
        story.do(revokes, scene)
    story.hold("engagements/revoked-client")


def ticks(scene, step):
    """Let each step of this name take longer than the whole call may take."""

    def wait(name):
        if name == step:
            scene.world.clock += TIME_TO_BEGIN * 1.01

    scene.world.before = wait


def test_any_number_of_engagements():
    scene = a_scene(*(an_engagement(f"initech-{n}", client="Initech") for n in range(1200)))
    response = revoked(scene, "Initech")
    assert (response.engagement_count, response.blocked_count) == (1200, 1200)
    assert len(response.engagements) == 200


HERS = ["acme-prod", "globex", "initech"]


def a_scene_of_alice():
    """Return a scene in which alice has two current grants, an upcoming one and an ended one, and
    a Slack user. Two leads are there."""
    return a_scene(
        an_engagement("initech", client="Initech"),
        an_engagement("hooli", client="Hooli"),
        a_role(engagement="initech"),
        a_grant("alice", engagement="globex"),
        a_grant("alice", engagement="initech", starts_at=NOON.replace(hour=18)),
        a_grant("alice", engagement="hooli", ends_at=BEFORE.replace(hour=13)),
        a_grant("bob"),
        a_binding("alice"),
        a_member("luis", kind=Kind.LEAD),
        a_token("luis"),
        Leads(members=frozenset({"lena", "luis"})),
    )


def left(scene, member="alice", by="lena"):
    return scene.do(leave, member, why="has a new job", by=by)


def grants_in_force(scene, member="alice"):
    grants = list_all(scene.ports.state, Grant, member=member)
    return sorted(grant.engagement for grant in grants if grant.is_current_or_upcoming(scene.clock))


LEFT = {"grant.revoke": 3, "member.leave": 1}


def assert_left(scene, response):
    """Assert that everything of alice's ended, and is recorded once."""
    assert statuses(response) == dict.fromkeys(HERS, "blocked")
    assert response.left_at == scene.clock
    assert grants_in_force(scene) == []
    assert recorded(scene) == LEFT


def suspends(scene, member, by="lena"):
    scene.do(revoke_member, member, why="holiday", by=by)


def reinstates(scene, by="lena"):
    scene.do(reinstate_member, "alice", why="back", by=by)


def leaves(scene, *member):
    return with_message(left(scene, *member))


# What happens at which step, if anything, and the acts, a minute after another
STORIES = {
    "Everything of theirs ends, once, and nothing of others": (None, [
        (vends,), (vends, "alice", "globex"), (leaves,), (vends,), (vends, "bob"),
        (leaves, "alice", "luis"),
    ]),
    "A member who was suspended before leaves too": (None, [(suspends, "alice"), (leaves,)]),
    "A reinstatement gives no grant back": (None, [(leaves,), (reinstates,), (leaves,)]),
    "A reinstatement meanwhile is a conflict": (("change", 1, reinstates, "luis"), [(leaves,)]),
    "A lead records that they leave themself": (None, [(leaves, "luis", "luis")]),
    "A lead who is suspended half way revokes nothing more": (
        ("save", 4, suspends, "lena", "luis"), [(leaves,), (leaves, "alice", "luis")],
    ),
}  # fmt: skip


def test_what_ends_is_as_the_file_says():
    story = Telling()
    for title, (meanwhile, acts) in STORIES.items():
        scene = story.begin(title, a_scene_of_alice())
        scene.add(a_grant("luis"))
        if meanwhile:
            step, nth, act, *names = meanwhile
            scene.just_before(step, partial(act, scene, *names), nth=nth)
        for act, *names in acts:
            story.do(act, scene, *names)
            scene.later(minutes=1)
    story.hold("engagements/member-leaves")


@every("saves", [2, 3, 4])
def test_where_dynamodb_refuses_half_way_another_call_completes_it(saves):
    """Each stop is saved twice: when it is stored, and when it is finished."""
    scene = a_scene_of_alice()
    fails_after(scene, saves, "save")
    response = left(scene)
    assert (response.blocked_count, response.left_at) == (3 - len(grants_in_force(scene)), None)
    assert "Send the same request again" in response.message
    assert refusal_of(DaypassError, scene.vend) == "member-suspended"
    scene.world.before = None
    assert_left(scene, left(scene))


def test_after_a_crash_before_any_step_another_call_completes_it():
    undisturbed = a_scene_of_alice()
    undisturbed.vend()
    undisturbed.steps.clear()
    left(undisturbed)
    for number in range(len(undisturbed.steps)):
        scene = a_scene_of_alice()
        scene.vend()
        with killed(scene, number):
            left(scene)
        assert_left(scene, left(scene))


def test_two_leads_at_once_record_it_once():
    for step in ("save", "apply", "change"):
        scene = a_scene_of_alice()
        responses = []
        scene.just_before(step, lambda s=scene, r=responses: r.append(left(s, by="luis")))
        responses.append(left(scene))
        assert [each.left_at for each in responses] == [NOON] * 2
        assert recorded(scene) == LEFT
