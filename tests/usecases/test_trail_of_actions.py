"""The entries of longer actions that no other story tells, in order, and what they store."""

from chalicelib.domain.people.members import Kind
from chalicelib.usecases.onboarding.client_page import check_by_client
from chalicelib.usecases.people.operator import OtherLeads, create_first_lead, recover_lead
from tests.builders import LINK_TEXT, NOON, a_member, a_scene, a_token
from tests.usecases.changes_table import two_leads
from tests.usecases.onboarding.renewal.renewing import renew
from tests.usecases.onboarding.renewal.test_renew import a_crowd
from tests.usecases.people.enrolment_scene import HERE, got
from tests.usecases.telling import Telling
from tests.usecases.verification.cut_off.braked import braked
from tests.usecases.verification.cut_off.braked import check as check_cut_off


def client_checks(scene):
    check_by_client(scene.ports, LINK_TEXT, address=HERE)


def code_is_used(scene):
    got(scene)


def first_lead_is_created(scene):
    scene.items.clear()
    create_first_lead(scene.ports, id="lena", name="Lena")


def locked_out():
    scene = two_leads()
    scene.add(a_member("luis", kind=Kind.LEAD, suspended_at=NOON), a_token("lena", revoked_at=NOON))
    return scene


def lead_is_recovered(scene, others=OtherLeads.KEEP):
    recover_lead(scene.ports, id="luis", others=others)


def engagement_is_renewed(scene):
    renew(scene)


ACTIONS = [
    (a_scene, client_checks),
    (braked, check_cut_off),
    (a_scene, code_is_used),
    (a_scene, first_lead_is_created),
    (locked_out, lead_is_recovered),
    (locked_out, lead_is_recovered, OtherLeads.SUSPEND),
    (a_crowd, engagement_is_renewed),
]


def test_what_each_action_records_and_stores_is_as_the_file_says():
    story = Telling()
    for begin, *act in ACTIONS:
        story.tell(begin.__name__, begin(), [act])
    story.hold("trail/actions")
