"""No item exceeds DynamoDB's limit of 400 KB, whatever changes are made and however often.

Only lists can grow. Every list is here with its limit.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import EnumType
from types import NoneType
from typing import Annotated, get_args, get_origin, get_type_hints

import msgspec

from chalicelib.adapters.dynamodb.keys import build_entry_attributes, build_item_attributes
from chalicelib.domain.engagements.client_approvers import MAX_APPROVERS, MAX_CONFIRMING_LEADS
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.overview import MAX_ROWS, OverviewPart
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.engagements.unused import UnusedGrants
from chalicelib.domain.evidence.reconciliation.look_ups import MAX_SHOWN
from chalicelib.domain.identifiers import ExternalId, Sha256
from chalicelib.domain.notifications.notification import MAX_REMEMBERED as MOST_REMEMBERED_NOTICES
from chalicelib.domain.people.members import Leads
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.policies.brake import MAX_VERSIONS
from chalicelib.domain.requests.mailboxes import MAX_EVENTS, MAX_MAILS, MAX_SEEN
from chalicelib.domain.requests.policies import MAX_UNCONFIRMED_CHANGES
from chalicelib.domain.values import Item, Value, meta_annotations
from chalicelib.domain.vending.blocks import MAX_LOCKS
from chalicelib.domain.vending.cut_off.cut_offs import MAX_CUT_OFFS, MAX_NAMES
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.vending.withholding import STOPPABLE_KINDS
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.probe_variants import SessionAttribute
from chalicelib.domain.verification.proof import Check
from chalicelib.domain.verification.trust_policy_end import MAX_REQUESTED_ENDS
from chalicelib.usecases.engagements.roles import MAX_FORMER_ARNS, MAX_ROLES
from chalicelib.usecases.people.members import MAX_LEADS
from chalicelib.usecases.vending.watch import MAX_REMEMBERED
from chalicelib.usecases.verification.access_removal import MAX_MEMBERS
from chalicelib.usecases.verification.verify import MOST_RETIRED_IDS
from tests.builders import a_grant, a_role
from tests.rows import every
from tests.usecases.refusals import refusal_of
from tests.usecases.verification.access_removal.test_access_removal import (
    ENDED,
    check_access,
    ended,
)

MOST_APPROVERS = 20  # of a policy's `members`
# "Quotas" (DynamoDB Developer Guide).
LARGEST = 400 * 1024

MOST = {
    "Engagement.retired_external_ids": MOST_RETIRED_IDS,
    "Role.former_arns": MAX_FORMER_ARNS,
    "Role.requested_ends": MAX_REQUESTED_ENDS,
    "Leads.members": MAX_LEADS,
    "ManySessions.members": MAX_REMEMBERED,
    **dict.fromkeys(("Grant.roles", "Grant.on_request", "Grant.emergency"), MAX_ROLES),
    "Grant.removals": MAX_ROLES,  # also of ended roles
    "ApprovalPolicy.members": MOST_APPROVERS,
    "ApprovalPolicy.namings": MOST_APPROVERS,
    "ApprovalPolicy.unconfirmed": MAX_UNCONFIRMED_CHANGES,
    "ClientApprover.confirmed_under": MAX_CONFIRMING_LEADS,
    "AccessRequest.approvals": MAX_LEADS + MOST_APPROVERS + MAX_APPROVERS,  # one of each person
    "ApprovedGrant.approved_by": MAX_LEADS + MOST_APPROVERS + MAX_APPROVERS,
    **dict.fromkeys(("AccessRequest.stops", "ApprovedGrant.stops"), 4),
    "Notification.alerts": 2,
    "Mailbox.events": MAX_EVENTS,
    "Mailbox.seen": MAX_SEEN,
    "Mailbox.mailed": MAX_MAILS,
    "MailAttempt.keys": MAX_EVENTS,
    "RoleCutOffs.cut_offs": MAX_CUT_OFFS,
    "CutOff.sessions": MAX_NAMES,
    "CutOffProof.results": len(CutOffCheck) - 1,
    "RoleCutOffs.versions": MAX_VERSIONS,
    "ChannelProgress.sent": MOST_REMEMBERED_NOTICES,
    "Verification.results": len(Check),
    "Verification.causes": len(Cause),
    "Verification.required_attributes": len(SessionAttribute),
    "Stop.names": 2,
    "Block.locks": MAX_LOCKS,
    "Overview.counts": len(OverviewPart),
    "Overview.rows": MAX_ROWS * len(OverviewPart),
    "UnusedGrants.rows": MAX_ROWS,
    "SessionActions.regions": 2,
    **dict.fromkeys(("SessionActions.counts", "SessionActions.requests"), MAX_SHOWN),
    "Entry.details": 6,  # of a revocation
}
"""The limit of each list."""

LONGEST = {
    **{str(meta.pattern): 1224 for meta in meta_annotations(ExternalId)},
    **{str(meta.pattern): 64 for meta in meta_annotations(Sha256)},
    **dict.fromkeys((f"{kind}.stop" for kind in STOPPABLE_KINDS), 32),
    **{
        field: length
        for length, fields in {
            1: "AccessRequest.number ApprovedGrant.number GivenApproval.number",
            12: "Enrolment.made_with Token.made_with Lock.link",  # IDs of tokens and links
            16: "CutOff.id CutOff.canary RoleCutOffs.canary RoleCutOffs.writing"
            " RoleCutOffs.versions[]",
            20: "ParsedCommand.command Grant.review",
            # IDs of members, roles, entries, stops, and what Slack gives (`SlackId`)
            32: "BindingCode.team BindingCode.user CutOff.member CutOff.requested_by"
            " RoleCutOffs.shut_by Stop.kind Entry.token Entry.vend Entry.id Block.began_by"
            " Block.lifted_by Listing.cursor Notification.entry Notification.alerts[]"
            " ClientEvent.actor ClientEvent.member ClientEvent.approver ClientEvent.by_approver"
            " QueuedEvent.recipient Approval.by Token.code_made_by ApprovalPolicy.role"
            " AccessRequest.stops[] ApprovedGrant.stops[] ParsedCommand.role MemberRef.slack_user"
            " MemberRef.id PendingAction.requested_by PendingAction.started_by"
            " PendingAction.cancelled_by",
            # IDs of engagements, codes, tickets, and "@client/" with an approver's ID
            40: "Block.scope Entry.actor Entry.engagement Entry.role Entry.subject Entry.reason"
            " ClientEvent.engagement ClientEvent.role AccessRequest.ticket"
            " ParsedCommand.engagement ParsedCommand.ticket JobRun.ended"
            " AccessRequest.decided_by ApprovedGrant.approved_by[]",
            43: "Enrolment.challenge",  # a SHA-256 in Base64
            45: "Token.made_from Entry.address",  # an IP address: API Gateway's word
            49: "ClientEvent.request ParsedCommand.request",
            # SHA-256, and names that AWS gives
            64: "Stop.names[] Notification.member Notification.engagement Notification.request"
            " SessionActions.session_name SessionActions.regions[] RequestCount.action"
            " RequestCount.error RecordedRequest.action RecordedRequest.region"
            " RecordedRequest.error PendingAction.started_with",
            73: "GivenApproval.approver",  # an engagement's and an approver's ID
            80: "ClientEvent.name",
            100: "AccessLink.asked_in ParsedCommand.topic",  # three IDs of Slack's
            104: "PendingAction.started_from",  # "slack:", and three IDs of Slack's
            120: "Mailbox.address ClientEvent.span ClientEvent.email",
            140: "Notification.origin",
            # Read as `ReasonText` is
            200: "AccessLink.reason Block.reason LiftRequest.reason Notification.why"
            " ParsedCommand.reason"
            " AccessRequest.decision AccessRequest.confirmation",
            240: "Notification.title",  # tests/domain/slack/test_notification.py
            255: "Token.subject",
            420: "Notification.effect",
            1000: "Notification.text",
            1300: "Entry.details[]",  # the IDs of a hundred bindings to Slack
            2048: "ClientApprover.api_url",
            4096: "Token.issuer",  # a setting: Lambda's limit for all settings in bytes
            20_000: "PendingAction.outcome",  # of a check: 20 roles, each with its findings
        }.items()
        for field in fields.split()
    },
}
"""Characters of text that does not declare its length."""


def kinds():
    items = [Item]
    while items:
        kind = items.pop()
        items += kind.__subclasses__()
        if hasattr(kind, "STORED_AS") and kind.__module__.startswith("chalicelib."):
            yield kind


KINDS = sorted(set(kinds()), key=lambda kind: kind.__name__)


def size_of_value(kind, met):
    """Return the most bytes that a value's fields can have, as DynamoDB counts them."""
    declared = get_type_hints(kind, include_extras=True)
    return 3 + sum(
        1 + len(name) + of_type(declared[name], f"{kind.__name__}.{name}", met)
        for name in kind.__struct_fields__
    )


def of_type(declared, where, met):
    kind = declared
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    inner = [arg for arg in get_args(kind) if arg not in (NoneType, msgspec.UnsetType, ...)]
    if get_origin(kind) in (tuple, frozenset, Mapping):
        met.add(where)
        each = 1 + sum(of_type(item, f"{where}[]", met) for item in inner)
        declared_most = [meta.max_length for meta in meta_annotations(declared) if meta.max_length]
        assert declared_most in ([], [MOST[where]])
        return 3 + MOST[where] * each
    if inner:
        return max(of_type(item, where, met) for item in inner)
    if isinstance(kind, EnumType):
        return max(len(item.value) for item in kind)
    if isinstance(kind, type) and issubclass(kind, Value):
        return size_of_value(kind, met)
    if kind is str:
        return _of_text(meta_annotations(declared), where)
    return {datetime: 32, int: 21, bool: 1}[kind]


def _of_text(said, where):
    patterns = [item.pattern for item in said if item.pattern]
    declared = [item.max_length for item in said if item.max_length]
    longest = max(declared) if declared else LONGEST[patterns[0] if patterns else where]
    return longest if patterns else 4 * longest  # every pattern is ASCII


@every("kind", KINDS)
def test_no_item_outgrows_what_it_may_have(kind):
    keys_and_list = 2 * (2048 + 1024)
    assert size_of_value(kind, set()) + keys_and_list < LARGEST


def test_every_list_of_an_item_is_bounded():
    met = set()
    for kind in KINDS:
        size_of_value(kind, met)
    assert met == set(MOST)


def test_the_kinds_of_items_were_found():
    assert {Engagement, Role, Token, Leads, CutOffProof, UnusedGrants} <= set(KINDS)


LONGEST_PATH = "/" + "p" * 255 + "/" + "q" * 254 + "/"


@every("may_assume", [True, False, None])
def test_the_longest_entry_of_all_does_not_either(*, may_assume):
    """The entry of an access-removal check names each ARN of the engagement at most twice."""

    def arn(role, number):
        name = f"{role:02}{number:02}".ljust(64, "r")
        return f"arn:aws:iam::987654321098:role{LONGEST_PATH}{name}"

    roles = [
        a_role(
            f"role-{role:02}".ljust(32, "r"),
            arn=arn(role, 0),
            former_arns=tuple(arn(role, 1 + number) for number in range(MAX_FORMER_ARNS)),
        )
        for role in range(MAX_ROLES)
    ]
    scene = ended(ENDED, *roles, *(a_grant("m" * 30 + f"{n:02}") for n in range(MAX_MEMBERS + 2)))
    scene.world.may_assume = may_assume
    if may_assume is False:
        assert refusal_of(Exception, check_access, scene) == "aws-unreachable"
    else:
        check_access(scene)
    sizes = [_size(build_entry_attributes(entry)) for entry in scene.entries]
    assert max(sizes) > MAX_ROLES * MAX_FORMER_ARNS * 600
    assert max(sizes) < LARGEST
    assert max(_size(build_item_attributes(item)) for item in scene.items.values()) < LARGEST


def _size(value):
    return len(msgspec.json.encode(value))
