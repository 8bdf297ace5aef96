"""The DynamoDB requests of the state besides lists. They are checked because the local AWS is
always consistent."""

import json
import re

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.sessions import ManySessions
from chalicelib.domain.verification.schedule import SweepProgress
from chalicelib.usecases.lists import find_token_by_id
from local import sample_accounts
from tests.adapters.dynamodb.listing import recorded_calls
from tests.adapters.scene import entry
from tests.builders import NOON, a_block, a_member, presented_by
from tests.golden import hold_against_file


def written(title, operation, sent):
    """Return the request as text, in which a key of an item is a line."""
    text = json.dumps(sent, indent=1)
    text = re.sub(r'\{\s+"pk": \{\s+"S": (".*?")\s+\},\s+"sk": \{\s+"S": (".*?")\s+\}\s+\}',
                  r"\1, \2", text)  # fmt: skip
    return f"=== {title}: {operation}\n{text}"


ALICE = presented_by("alice")
WITH_LINK = replace(ALICE, link="c0ffee")
READS = {
    "a token and its member": lambda s: s.token_and_member(ALICE),
    "a member": lambda s: s.get(Member, "alice"),
    "an engagement": lambda s: s.get(Engagement, "acme-prod"),
    "a role": lambda s: s.get(Role, "acme-prod", "readonly"),
    "a grant": lambda s: s.get(Grant, "acme-prod", "alice"),
    "an access link": lambda s: s.get(AccessLink, "c0ffee"),
    "three grants, two of them the same": lambda s: s.get_many(
        Grant, [("b", "alice"), ("a", "alice"), ("b", "alice")]
    ),
    "access facts": lambda s: s.access_facts(ALICE, "acme-prod", "readonly"),
    "access facts with a link": lambda s: s.access_facts(WITH_LINK, "acme-prod", "readonly"),
    "the leads": lambda s: s.get(Leads),
    "an enrolment": lambda s: s.get(Enrolment, "alice"),
    "a role's setup": lambda s: s.get(RoleSetup, "acme-prod", "readonly"),
    "a link": lambda s: s.get(SetupLink, "c0ffee"),
    "the state of a job": lambda s: s.get(SweepProgress),
    "the members with many sessions": lambda s: s.get(ManySessions),
    "a member's token by its ID": lambda s: find_token_by_id(s, "of-this", "c0ffee"),
    "the tokens of a code": lambda s: s.list(Token, enrolment="c0ffee", limit=1000),
}


def test_each_read_is_one_request_and_consistent_unless_it_reads_the_index(aws, dynamodb):
    """A batch also has the items' stops, and the access facts both blocks."""
    lines = []
    for name, read in READS.items():
        with recorded_calls(dynamodb) as calls:
            read(aws.ports.state)
        ((operation, sent),) = calls
        lines.append(written(name, operation, sent))
    hold_against_file("dynamodb-reads.txt", "\n".join(lines))


def test_access_facts_have_the_freeze(aws, monkeypatch):
    """The other tests share the table and expect no freeze, so this one has another scope."""
    monkeypatch.setattr("chalicelib.adapters.dynamodb.state.EVERYTHING", "everything")
    aws.ports.state.save(a_block("everything"))
    facts = aws.ports.state.access_facts(presented_by("alice"), "no-such", "readonly")
    assert (facts.freeze, facts.pause) == (a_block("everything"), None)


def member(name, version=1):
    return a_member(name, name="Alice", created_at=NOON, version=version)


def test_each_write_is_one_request_with_the_versions_that_were_read(aws, dynamodb, name):
    """A change, its entry and its preconditions are one transaction."""
    old, new, bystander = f"{name}-old", f"{name}-new", f"{name}-bystander"
    state = aws.ports.state
    for version in (1, 2):
        items = [member(old, version), member(bystander, version)]
        state.change(items, entry(f"{name}{version}"))
    sweep = {"pk": {"S": "SWEEP"}, "sk": {"S": "SWEEP"}}
    root = aws.endpoint.as_root(sample_accounts.FIRM, "dynamodb")
    root.delete_item(TableName=aws.foundation.state_table, Key=sweep)
    with recorded_calls(dynamodb) as calls:
        state.change(
            [member(old, 3), member(new)],
            entry(f"{name}3", engagement=name, subject="alice"),
            preconditions=[member(bystander, 2), member(old, 2)],
        )
        for version in (1, 2):
            state.save(SweepProgress(done_until=NOON, version=version))
    # A transaction that is sent again must not be executed twice.
    assert len(calls[0][1].pop("ClientRequestToken")) >= 16
    titles = ("a change", "the first state of a job", "its next state")
    lines = [written(title, *call) for title, call in zip(titles, calls, strict=True)]
    hold_against_file("dynamodb-writes.txt", "\n".join(lines).replace(name, "name"))
