"""The explanation of an access decision, as the caller may read it."""

from chalicelib.domain.vending.access import Allowed
from chalicelib.usecases.vending.explain import explain_to_caller
from tests.builders import READONLY, a_scene
from tests.rows import every
from tests.usecases.refusals import reason_of


def explain(scene, caller, member="alice", engagement="acme-prod"):
    return scene.do(
        explain_to_caller, member=member, engagement=engagement, request=READONLY, by=caller
    )


def test_an_explanation_reads_what_a_vend_reads_and_records_nothing():
    scene = a_scene()
    caller = scene.caller()
    before = list(scene.steps)
    explanation = explain_to_caller(
        scene.ports, caller, member="alice", engagement="acme-prod", request=READONLY
    )
    assert isinstance(explanation.decision, Allowed)
    assert explanation.refusal is None
    assert scene.steps[len(before) :] == ["access_facts"]
    assert scene.story() == []


@every("caller", ["lena", "ada"])
def test_leads_and_auditors_read_every_clause_of_any_member(caller):
    scene = a_scene()
    bobs = explain(scene, caller, "bob")
    assert bobs.refusal is not None
    assert bobs.refusal.fact == "bob has no grant for acme-prod."
    assert [clause.holds for clause in explain(scene, caller).clauses] == [True] * 12
    nobodys = explain(scene, caller, "nobody")
    assert nobodys.refusal is not None
    assert nobodys.refusal.reason == "token-unknown"


def test_members_read_their_own_and_no_other():
    scene = a_scene()
    assert explain(scene, "alice").refusal is None
    assert reason_of(explain, scene, "bob", "alice") == "lead-or-auditor-only"
    assert scene.story() == ["read refused lead-or-auditor-only"]
