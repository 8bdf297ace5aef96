"""The API explains an access decision with a machine-readable reason for each clause."""

from __future__ import annotations

from chalicelib.domain.reasons import Reason
from tests.builders import Scene, a_role
from tests.entrypoints.driver import Api

WHY = "/v1/engagements/acme-prod/roles/readonly/why"


def test_a_member_reads_why_they_get_a_session(api: Api) -> None:
    answer = api.get(WHY, "alice").json
    assert (answer["allowed"], answer["reason"], answer["duration"]) == (True, None, 3600)
    assert all(clause["holds"] for clause in answer["clauses"])
    assert "external" not in str(answer)


def test_a_refusal_has_its_reason_and_the_next_step(scene: Scene, api: Api) -> None:
    scene.world.add(a_role(verification=None))
    answer = api.get(WHY, "ada", query={"member": "alice"}).json
    assert (answer["allowed"], answer["reason"], answer["duration"]) == (
        False,
        "role-unverified",
        None,
    )
    (refusing,) = [clause for clause in answer["clauses"] if clause["holds"] is False]
    assert refusing == {
        "name": "The role is verified",
        "holds": False,
        "fact": "readonly was not checked with its current ARN and external ID.",
        "reason": "role-unverified",
        "change_by": "lead",
        "change": "Verify readonly.",
    }


def test_another_members_explanation_is_refused_and_recorded(scene: Scene, api: Api) -> None:
    answer = api.get(WHY, "bob", query={"member": "alice"})
    assert (answer.status, answer.reason) == (403, Reason.LEAD_OR_AUDITOR_ONLY)
    assert scene.story() == ["read refused lead-or-auditor-only"]
