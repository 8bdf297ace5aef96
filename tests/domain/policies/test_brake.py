"""The policies of a cut-off, evaluated: they end the named sessions, and only take away."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.identifiers import build_session_name, has_cut_off_path
from chalicelib.domain.policies.brake import (
    CUT_OFF_SESSION_NAME,
    CutOffNames,
    build_brake_permissions,
    build_brake_policy,
    build_canary_denial,
    build_canary_session_name,
    build_cut_off_trust_policy,
    build_denial,
    build_deny_all_permissions,
    list_member_patterns,
)
from chalicelib.domain.policies.documents import document
from tests.domain.policies.evaluator import Decision, Request, decide, trusts
from tests.fakes import DAY, SECOND
from tests.rows import every

ALLOWED, EXPLICIT_DENY, NOT_ALLOWED = Decision
ROLE = "arn:aws:iam::987654321098:role/ContractorRole"
NAMES = CutOffNames(ROLE)
OTHER = CutOffNames("arn:aws:iam::987654321098:role/Payroll")
T = datetime(2026, 12, 1, 11, 0, 6, tzinfo=UTC)
VEND = "0123456789abcdef"
READS = document({"Effect": "Allow", "Action": ["s3:GetObject", "ec2:Describe*"], "Resource": "*"})
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ADMINISTRATOR = document(EVERYTHING)
ACTIONS = [
    *("s3:GetObject", "s3:PutObject", "ec2:DescribeInstances"),
    *("iam:CreateUser", "iam:PassRole", "sts:AssumeRole"),
]


def a_request(session=f"alice.{VEND}", issued=T, action="s3:GetObject", resource="*"):
    return Request(
        action=action,
        resource=resource,
        context={
            "aws:PrincipalArn": ROLE,
            "aws:userid": f"AROAEXAMPLEROLEID0001:{session}",
            "aws:TokenIssueTime": issued.isoformat(),
        },
        role_arn=ROLE,
        session_arn=f"arn:aws:sts::987654321098:assumed-role/ContractorRole/{session}",
    )


# Any policy that someone who has stolen the cut-off role might write into the brake.
patterns = st.sampled_from([*ACTIONS, "*", "s3:*", "iam:*", "S3:getobject", "ec2:Desc*", "x:?"])
resources = st.sampled_from(["*", "arn:aws:s3:::acme/*", ROLE, NAMES.brake_arn])
conditions = st.sampled_from(
    [
        {},
        {"StringLike": {"aws:userid": "*:alice.*"}},
        {"DateLessThanEquals": {"aws:TokenIssueTime": "2026-12-01T11:00:06Z"}},
    ]
)
fields = {
    "Effect": st.sampled_from(["Allow", "Deny"]),
    "Resource": resources,
    "Condition": conditions,
}
actions = st.lists(patterns, min_size=1, max_size=3)
statements = st.one_of(
    st.fixed_dictionaries({name: actions, **fields}) for name in ("Action", "NotAction")
)
policies = st.lists(statements, max_size=4).map(lambda each: document(*each))


@given(brake=policies, own=st.lists(policies, max_size=2), issued=st.sampled_from([T, T.max]))
@settings(max_examples=120)
def test_whatever_is_written_into_the_brake_the_role_gains_nothing(brake, own, issued):
    for action in ACTIONS:
        request = a_request(action=action, issued=issued.replace(tzinfo=UTC))
        if decide(request, identity=own, boundary=brake) is ALLOWED:
            assert decide(request, identity=own) is ALLOWED


@every("action", ACTIONS)
@every("own", [READS, ADMINISTRATOR])
def test_a_brake_that_denies_no_session_changes_nothing(own, action):
    request = a_request(action=action)
    without = decide(request, identity=[own])
    assert decide(request, identity=[own], boundary=build_brake_policy(NAMES)) is without


@every(
    "denials", [[], [build_denial([], T), build_canary_denial(VEND)], [build_canary_denial(VEND)]]
)
def test_the_brake_attached_to_another_identity_grants_nothing(denials):
    """An identity that may attach policies could attach this one to itself."""
    brake = build_brake_policy(NAMES, *denials)
    others = [OTHER.role_arn, ROLE + "2", "arn:aws:iam::987654321098:user/mallory", ""]
    others += [ROLE.replace("role/", "role/team/"), ROLE.replace("arn:aws:", "arn:aws-cn:")]
    granted = []
    for arn in others:
        for action in ACTIONS:
            request = a_request(f"mallory.{VEND}", T + SECOND, action)
            context = {**request.context, "aws:PrincipalArn": arn}
            request = replace(request, context=context, role_arn=arn, session_arn="")
            if decide(request, identity=[brake]) is not NOT_ALLOWED:
                granted.append((arn, action))
    assert granted == []


SESSIONS = [
    (build_session_name("alice", VEND), True),
    (build_session_name("alice", VEND, is_agent=True), True),
    (build_session_name("alice-2", VEND), False),
    (build_session_name("x-alice", VEND), False),
    (build_session_name("bob", VEND), False),
    (build_session_name("bob", VEND, is_agent=True), False),
    ("alice.smith@acme", False),  # the client's own
    ("alice", False),
    (f"alice.{VEND}0", False),
    (f"alice.{VEND[:-1]}", False),
    (f"ALICE.{VEND}", False),
    (f"alice.{VEND}.agents", False),
    (build_canary_session_name(VEND), False),
]


def ends_with(denial, **request):
    """Return whether the brake with this denial ends the session. Otherwise it may do its work."""
    brake = build_brake_policy(NAMES, denial)
    decision = decide(a_request(**request), identity=[READS], boundary=brake)
    assert decision in (ALLOWED, EXPLICIT_DENY)
    return decision is EXPLICIT_DENY


@every("session, ends", SESSIONS)
def test_a_members_cut_off_ends_the_members_sessions_only(session, *, ends):
    denial = build_denial(list_member_patterns("alice"), T)
    assert ends_with(denial, session=session) is ends


@every("issued, ends", [(T - SECOND, True), (T, True), (T + SECOND, False)])
@every("members", [["alice"], ["alice", "bob"], []])
def test_sessions_issued_later_work(members, issued, *, ends):
    patterns = [each for member in members for each in list_member_patterns(member)]
    assert ends_with(build_denial(patterns, T), issued=issued) is ends


@every("issued", [T - DAY, T + DAY])
def test_the_canary_is_denied_whenever_it_was_issued(issued):
    canary, denial = build_canary_session_name(VEND), build_canary_denial(VEND)
    assert ends_with(denial, session=canary, issued=issued)
    assert not ends_with(denial, session=f"{canary[:-1]}0", issued=issued)


def test_an_undated_denial_of_one_session_spares_the_members_others():
    denial = build_denial([f"*:alice.{VEND}"], None)
    assert ends_with(denial)
    assert not ends_with(denial, session="alice.fedcba9876543210")


RELEASING = {
    NAMES.brake_arn: """
        CreatePolicyVersion SetDefaultPolicyVersion DeletePolicyVersion DeletePolicy
    """,
    ROLE: "PutRolePermissionsBoundary DeleteRolePermissionsBoundary",
    NAMES.cut_off_role_arn: """
        DeleteRole UpdateAssumeRolePolicy PutRolePolicy DeleteRolePolicy AttachRolePolicy
        DetachRolePolicy PutRolePermissionsBoundary DeleteRolePermissionsBoundary
    """,
}
"""The actions that would release the brake, by their resource."""


@every(
    "action, resource",
    [(f"iam:{name}", arn) for arn, names in RELEASING.items() for name in names.split()],
)
def test_an_administrators_role_cannot_release_its_brake(action, resource):
    def decision_on(resource):
        request = a_request(action=action, resource=resource)
        return decide(request, identity=[ADMINISTRATOR], boundary=build_brake_policy(NAMES))

    assert decision_on(resource) is EXPLICIT_DENY
    elsewhere = (OTHER.brake_arn, OTHER.role_arn, OTHER.cut_off_role_arn)
    assert {*map(decision_on, elsewhere)} == {ALLOWED}


FIRM_ROOT = "arn:aws:iam::123456789012:root"
BROKER = "arn:aws:iam::123456789012:role/daypass-broker"
CUT_OFF_ID = "daypass-cutoffcutoffcutoffcutoffcutoff22"


@every(
    "changes, principal, trusted",
    [
        ({}, FIRM_ROOT, True),
        ({}, "arn:aws:iam::222233334444:root", False),
        ({"aws:PrincipalArn": "arn:aws:iam::123456789012:role/daypass-api"}, FIRM_ROOT, False),
        ({"sts:ExternalId": "daypass-abcdefghijklmnopqrstuvwxyz234567"}, FIRM_ROOT, False),
        ({"sts:ExternalId": CUT_OFF_ID.upper()}, FIRM_ROOT, False),
        ({"sts:ExternalId": None}, FIRM_ROOT, False),
        ({"sts:RoleSessionName": f"alice.{VEND}"}, FIRM_ROOT, False),
        ({"sts:RoleSessionName": CUT_OFF_SESSION_NAME + "."}, FIRM_ROOT, False),
        ({"sts:RoleSessionName": CUT_OFF_SESSION_NAME.upper()}, FIRM_ROOT, False),
        ({"sts:RoleSessionName": build_canary_session_name(VEND)}, FIRM_ROOT, False),
    ],
)
def test_the_cut_off_role_trusts_only_daypass_for_this_engagement(changes, principal, *, trusted):
    trust = build_cut_off_trust_policy(FIRM_ROOT, BROKER, CUT_OFF_ID)
    context = {
        "aws:PrincipalArn": BROKER,
        "sts:ExternalId": CUT_OFF_ID,
        "sts:RoleSessionName": CUT_OFF_SESSION_NAME,
    } | changes
    present = {key: value for key, value in context.items() if value is not None}
    assert trusts(trust, Request("sts:AssumeRole", context=present), principal) is trusted
    for action in ("sts:TagSession", "sts:SetSourceIdentity"):
        assert not trusts(trust, Request(action, context=present), principal)


DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
ATTEMPTED_ACTIONS = """
    iam:AttachRolePolicy iam:DetachRolePolicy iam:PutRolePolicy iam:DeleteRolePolicy
    iam:UpdateAssumeRolePolicy iam:PutRolePermissionsBoundary iam:DeleteRolePermissionsBoundary
    iam:PassRole sts:AssumeRole iam:CreatePolicyVersion iam:DeletePolicyVersion
    iam:SetDefaultPolicyVersion iam:DeletePolicy iam:CreatePolicy iam:TagPolicy s3:GetObject
    iam:GetRole
"""
TARGETS = [
    *(ROLE, ROLE + "2", OTHER.role_arn, NAMES.cut_off_role_arn),
    *(NAMES.brake_arn, NAMES.brake_arn + "2", OTHER.brake_arn, "*"),
]
ATTACHED = [DENY_ALL, DENY_ALL + "x", "arn:aws:iam::aws:policy/AdministratorAccess", ""]


@every("permissions, possible", [
    (build_deny_all_permissions(NAMES), {("iam:AttachRolePolicy", ROLE, DENY_ALL)}),
    (build_brake_permissions(NAMES),
     {(f"iam:{action}PolicyVersion", NAMES.brake_arn, attached)
      for action in ("Create", "Delete") for attached in ATTACHED}),
])  # fmt: skip
def test_the_cut_off_role_can_only_take_away(permissions, possible):
    allowed = set()
    for action, target, attached in product(ATTEMPTED_ACTIONS.split(), TARGETS, ATTACHED):
        context = {"iam:PolicyARN": attached} if attached else {}
        if decide(Request(action, target, context), identity=[permissions]) is ALLOWED:
            allowed.add((action, target, attached))
    assert allowed == possible


@every("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_names_are_in_the_roles_partition_and_account(partition):
    names = CutOffNames(f"arn:{partition}:iam::987654321098:role/partners/initrode/Audit")
    start = f"arn:{partition}:iam::987654321098:"
    assert names.brake_arn == f"{start}policy/daypass-cut-off/Audit-brake"
    assert names.cut_off_role_arn == f"{start}role/daypass-cut-off/Audit-cut-off"
    assert names.deny_all_arn == f"arn:{partition}:iam::aws:policy/AWSDenyAll"


@given(st.text("abcXYZ019_+=,.@-", min_size=1, max_size=64))
def test_iam_accepts_the_names_of_every_role(name):
    names = CutOffNames(f"arn:aws:iam::987654321098:role/{name}")
    assert len(names.cut_off_role_name) <= 64
    assert len(names.brake_name) <= 128
    assert names.cut_off_role_name.endswith("-cut-off")
    assert has_cut_off_path(names.cut_off_role_arn.partition(":role")[2])


def test_two_long_names_that_begin_alike_have_their_own_cut_off_roles():
    arns = (f"arn:aws:iam::987654321098:role/{'r' * 63}{last}" for last in "ab")
    assert len({CutOffNames(arn).cut_off_role_name for arn in arns}) == 2
