"""Trail details of items: as their declarations define them, and without secrets."""

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import (
    EmergencyLock,
    EmergencyRecord,
    GivenApproval,
)
from chalicelib.domain.engagements.client_approvers import ClientApprover, NameApprover
from chalicelib.domain.engagements.engagements import (
    ChangeEngagement,
    ChangeGrant,
    CreateGrant,
    Engagement,
    Grant,
    NewEngagement,
    UsedExternalId,
)
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole, Role
from chalicelib.domain.onboarding.requests import ImportProfile, OpenEngagement, RequestedRole
from chalicelib.domain.onboarding.role_setup import ChangeSetup, RoleSetup
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.members import ChangeMember, CreateMember, Leads, Member
from chalicelib.domain.people.tokens import ChangeToken, Token
from chalicelib.domain.requests.policies import ApprovalPolicy, ChangeApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest, CreateAccessRequest, LastRequest
from chalicelib.domain.trail import Action, Outcome, build_operation, list_recorded_fields
from chalicelib.domain.values import Item, JobState, marked_fields
from tests.adapters.dynamodb.test_round_trips import KINDS
from tests.builders import (
    a_grant,
    a_link,
    a_member,
    a_role,
    a_token,
    an_engagement,
    an_enrolment,
)
from tests.declared import structs
from tests.golden import hold_against_file
from tests.rows import every

NAMED = [kind for kind in KINDS if kind.TARGET]
KEEP_A_NAME = {Leads, Identity, UsedExternalId}
REPEAT_AN_ENTRY = {GivenApproval, EmergencyRecord, EmergencyLock, LastRequest}
"""Lists and counts of what entries record already."""
SOME = settings(
    max_examples=6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def said(*edits):
    return dict(build_operation(Action.READ, *edits, details={}).details)


def test_an_entry_names_every_item_but_reserved_names_and_what_it_records_already():
    with_entries = {kind for kind in KINDS if not issubclass(kind, JobState)}
    assert with_entries - set(NAMED) == KEEP_A_NAME | REPEAT_AN_ENTRY


@every("kind", NAMED)
def test_secret_and_internal_fields_are_not_recorded(kind):
    """The entry does not depend on such a field, except on an ID that responses show too."""
    withheld = (
        marked_fields(kind, "secret")
        | marked_fields(kind, "internal")
        | marked_fields(kind, "not_on_trail")
    )
    withheld -= set(kind.TARGET.values())
    secret = marked_fields(kind, "secret")
    keys = {f"{former}{name}" for former in ("", "former_") for name in kind.TARGET}

    @SOME
    @given(structs(kind), structs(kind), structs(kind))
    def is_the_same(old, new, other):
        alike = replace(new, **{name: getattr(other, name) for name in withheld})
        first, another = said((old, new)), said((old, alike))
        assert first.keys() - keys == another.keys() - keys
        assert all(first[name] == another[name] for name in first.keys() - keys)
        for edits in ([(old, new)], [(None, new)], [(None, an_engagement()), (old, new)]):
            texts = " ".join(said(*edits).values())
            for item in (old, new):
                values = [getattr(item, name) for name in secret]
                assert not [value for value in values if value and value in texts]

    is_the_same()


@every("kind", sorted(KEEP_A_NAME | REPEAT_AN_ENTRY, key=str))
def test_an_item_that_reserves_a_name_or_repeats_an_entry_is_not_recorded(kind):
    @SOME
    @given(structs(kind))
    def nothing(made):
        assert said((a_member(), a_member()), (None, made)) == {}

    nothing()


ACME = (an_engagement(), an_engagement())
REPLACED = a_token(hash="b" * 64, label="desktop")
EDITS = {
    "nothing": [(a_member(), a_member())],
    "a name": [(a_member(), a_member(name="Bo"))],
    "an internal field": [(a_role(), a_role(former_arns=("arn",)))],
    "a set": [(a_grant(roles=frozenset({"b", "a"})), a_grant(roles=frozenset({"c", "b"})))],
    "a token": [(a_token(), REPLACED)],
    "an optional field": [(an_engagement(next_external_id="x" * 8), an_engagement())],
    # Another item is named where something about it differs.
    "another item, unchanged": [ACME, (a_role(), a_role(version=2))],
    "another item": [ACME, (a_role(), a_role(max_session=900))],
    "another item that is new": [ACME, (None, a_link())],
    # It is the same thing's: an enrolment is a member's.
    "a member's code": [(an_enrolment(), an_enrolment()), (a_member(), a_member(kind="lead"))],
    "a new code": [(None, an_enrolment())],
}


def test_differences_are_recorded_as_the_file_says():
    """A code and a link are named by the ID that may be shown."""
    lines = []
    for name, edits in EDITS.items():
        lines += [f"=== {name}", *(f"{field}: {text}" for field, text in said(*edits).items())]
    hold_against_file("trail/edits.txt", "\n".join(lines))


def test_given_details_win_over_derived_ones():
    edit = (a_member(), a_member(name="Bo"))
    result = build_operation(Action.MEMBER_CHANGE, edit, details={"name": "B", "said": "why"})
    assert (result.action, result.outcome, result.subject) == (
        "member.change",
        Outcome.DONE,
        "alice",
    )
    assert result.details == {"name": "B", "former_name": "Alice", "said": "why"}


def test_a_type_without_a_text_form_is_refused():
    class Place(Item):
        at: complex

    with pytest.raises(TypeError, match=r"^an entry cannot record a complex$"):
        said((None, Place(at=1j)))


# Recorded fields that no request has: Daypass sets them, or a use case of their own does.
OWN = {
    Engagement: {
        "account_id",
        "external_id",
        "next_external_id",
        "external_id_imported",
        "requires_client_approval",
    },
    AccessRequest: {"is_emergency", "expires_at", "status"},
    Role: {"override"},
    Token: {"expires_at", "issuer", "subject"},
}
REQUESTS = [
    # Fields of the request that are not about the item itself
    (Engagement, NewEngagement, {"id"}),
    (Engagement, OpenEngagement, {"id", "account_id", "roles"}),
    (Engagement, ImportProfile, {"id", "config", "profile", "role"}),
    (Engagement, ChangeEngagement, {"version"}),
    (Role, RequestedRole, {"name", "permissions"}),
    (Role, CreateRole, {"name"}),
    (Role, ChangeRole, {"version"}),
    (Grant, CreateGrant, {"member"}),
    (Grant, ChangeGrant, {"version"}),
    (Member, CreateMember, {"id"}),
    (Member, ChangeMember, {"version"}),
    (RoleSetup, ChangeSetup, {"permissions_policy"}),
    (Token, ChangeToken, set()),
    (AccessRequest, CreateAccessRequest, {"role", "reason"}),
    (ApprovalPolicy, ChangeApprovalPolicy, {"all_at_once", "no_ticket"}),
    (ClientApprover, NameApprover, {"id"}),
]


@every("kind, request_, beside", REQUESTS)
def test_requests_accept_every_field_that_people_choose(kind, request_, beside):
    recorded = {attribute for attribute, _ in list_recorded_fields(kind)}
    assert set(request_.__struct_fields__) - beside == recorded - OWN.get(kind, set())
