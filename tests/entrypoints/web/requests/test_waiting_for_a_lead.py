"""A lead confirms in the console what a suspended lead set up, as the refusal says."""

import pytest

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.people.members import Kind
from chalicelib.domain.requests.policies import ApprovalPolicy
from tests.builders import NOON, a_client_approver, a_member, a_scene, an_approval_policy, leads
from tests.entrypoints.web.entering import enter

POLICY = {"engagement": "acme-prod"}
JO = {"engagement": "acme-prod", "id": "jo", "name": "Jo Doe", "email": "jo@acme.example"}


@pytest.fixture
def scene():
    """Lena, who is suspended since, named jo and saved the policy."""
    scene = a_scene(
        *leads("mia"),
        a_client_approver(),
        an_approval_policy(changed_by="lena", changed_at=NOON),
        a_member("lena", kind=Kind.LEAD, suspended_at=NOON, version=2),
    )
    scene.world.later(minutes=1)
    return scene


def stored(api, kind):
    (item,) = api.world.find(kind, where=lambda _: True)
    return item


def test_naming_the_approver_again_confirms_them_once(api):
    mia = enter(api, "mia")
    for _ in range(2):  # as by a second click
        assert mia.act("name-approver", JO).status == 303
    jo = stored(api, ClientApprover)
    assert (jo.named_again_by, jo.version) == ("mia", 2)


def test_the_id_of_another_approver_is_refused_on_the_page(api):
    mia = enter(api, "mia")
    for field, other in (("name", "Jo Roe"), ("is_contact", "on"), ("email", "ed@acme.example")):
        answer = mia.act("name-approver", JO | {field: other})
        assert answer.status == 409, answer.text
    assert stored(api, ClientApprover) == a_client_approver()


def test_saving_the_policy_again_confirms_it_once(api):
    mia = enter(api, "mia")
    for waits in (True, False):
        page = mia.get("/web/actions/change-approval-policy", **POLICY)
        assert ("A lead who saved this policy was suspended" in page.text) is waits
        assert mia.act("change-approval-policy", POLICY).status == 303
    policy = stored(api, ApprovalPolicy)
    assert (policy.changed_by, policy.version) == ("mia", 2)
