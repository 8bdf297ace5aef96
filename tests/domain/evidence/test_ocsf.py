"""Trail entries as events of OCSF, judged by the schema's own texts."""

import json
from collections import Counter

import pytest
from jsonschema import Draft202012Validator

from chalicelib.domain.evidence.export import ExportFormat, format_entries
from chalicelib.domain.evidence.ocsf import ACTIONS, ACTIVITIES, VERSION, Class, build_event
from chalicelib.domain.trail import Action, Outcome
from tests.domain.evidence.samples import SAMPLES, entry
from tests.rows import every

FACTS = {"token": "0a0a0a0a0a0a", "vend": "4e07408562bedb8b", "reason": "frozen"}
ADDRESSES = ("", "203.0.113.9", "2001:db8::1")
ISSUED = {"aws_request_id": "01234567-89ab-cdef-0123-456789abcdef", "session_name": "alice.1"}


def test_each_action_has_a_class_and_a_sample():
    assert ACTIVITIES.keys() == set(Action)
    assert len(ACTIVITIES) == sum(map(len, ACTIONS.values()))  # none is there twice
    assert {sample.action for sample in SAMPLES} == set(Action)
    assert {kind for kind, _ in ACTIVITIES.values()} == set(Class)


@every("version", [VERSION, "1.8.0"])
def test_the_schema_accepts_each_kind_of_entry(version):
    ocsf = pytest.importorskip("ocsf_json_schema")
    schema = ocsf.OcsfJsonSchemaEmbedded(ocsf.get_ocsf_schema(version=version))
    classes = schema.schema.schema["classes"].values()
    attributes = {each["uid"]: each["attributes"] for each in classes}
    judges = {
        kind: Draft202012Validator(
            schema.get_class_schema(schema.lookup_class_name_from_uid(kind.value))
        )
        for kind in Class
    }
    bare = [entry(action, **FACTS) for action in Action]
    bare += [entry("vend", outcome=outcome) for outcome in Outcome]
    bare += [entry("read", address=address) for address in ADDRESSES]
    flaws = Counter()
    for each in (*SAMPLES, *bare):
        event = json.loads(format_entries((each,), ExportFormat.OCSF, with_headings=True))
        assert event["metadata"].pop("version") == VERSION
        event["metadata"]["version"] = version
        kind = Class(event["class_uid"])
        flaws.update(error.message for error in judges[kind].iter_errors(event))
        for number, name in (("activity_id", "activity_name"), ("status_id", "status")):
            caption = attributes[kind][number]["enum"][str(event[number])]["caption"]
            assert event[name] == caption or event[number] == 99
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    assert flaws == {}


@every("sample", SAMPLES)
def test_an_event_has_all_of_its_entry(sample):
    event = build_event(sample)
    text = json.dumps(event, ensure_ascii=False)
    facts = (sample.id, sample.actor, sample.token, sample.address, sample.action, sample.reason)
    assert all(fact in text for fact in facts)
    assert event["unmapped"].get("details", {}) == sample.details
    for name in ("engagement", "role", "subject", "outcome"):
        assert event["unmapped"].get(name, "") == getattr(sample, name)
    assert event["metadata"].get("correlation_uid", "") == sample.vend


@every(
    "action, details, name",
    [
        ("request.approve", {"status": "approved"}, "Assign Privileges"),
        ("request.approve", {}, "request.approve"),  # another approval is missing
        ("grant.revoke", {}, "Revoke Privileges"),
    ],
)
def test_access_is_given_or_taken_only_where_the_entry_says_so(action, details, name):
    event = build_event(entry(action, details, engagement="acme-prod", subject="alice"))
    assert (event["activity_name"], event["user"]["uid"]) == (name, "alice")


@every(
    "facts, details, privileges",
    [
        ({"role": "deploy"}, {}, ["acme-prod/deploy"]),
        ({}, {"roles": "a b", "on_request": "b c"}, ["acme-prod/a", "acme-prod/b", "acme-prod/c"]),
        ({}, {}, ["acme-prod/*"]),
    ],
)
def test_privileges_are_roles(facts, details, privileges):
    event = build_event(entry("grant.create", details, engagement="acme-prod", **facts))
    assert event["privileges"] == privileges


@every("outcome", ["issued", "withheld"])
def test_a_call_that_aws_answered_has_the_request_id_of_cloudtrail(outcome):
    event = build_event(entry("vend", ISSUED, outcome=outcome, vend="1"))
    request = {"uid": ISSUED["aws_request_id"]}
    service = {"name": "sts.amazonaws.com"}
    assert event["api"] == {"operation": "AssumeRole", "service": service, "request": request}
    assert event["status"] == ("Success" if outcome == "issued" else "Failure")
