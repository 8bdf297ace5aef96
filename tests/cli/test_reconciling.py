"""`daypass reconcile` compares the vends on the trail with CloudTrail's events, both ways.

The events have the shape of those that AWS documents ("Logging IAM and AWS STS API calls with AWS
CloudTrail", IAM User Guide).
"""

import csv
import gzip
import io
import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daypass.cloudtrail.events import COLUMNS, LONGEST_EVENT, list_files, read_events
from daypass.cloudtrail.reconciling import Reconciliation
from daypass.errors import LocalProblem
from tests.cli.samples import ENTRY, SELECTION
from tests.cli.scripted_broker import send
from tests.golden import hold_against_file
from tests.rows import every
from tests.running import read_file

FIRM, CLIENT = "777788889999", "111122223333"
ROLE = f"arn:aws:iam::{CLIENT}:role/Daypass-readonly"
NAME = "bob.0123456789abcdef"
AT = "2026-11-24T09:30:00Z"
LATER = datetime(2026, 12, 1, tzinfo=UTC)
BEGIN, END = (datetime(2026, 11, day, tzinfo=UTC) for day in (24, 25))
CLAIMS = {"missing": "", "validated": True}


def entry(outcome="issued", *, name=NAME, at=AT, **details):
    """An entry of the vend of this session's name."""
    details = {"session_name": name, "role_arn": ROLE, "said": "INC-7", **details}
    return {**ENTRY, "at": at, "vend": name, "outcome": outcome, "details": details}


def vend(outcome="issued", **words):
    return [entry(outcome, aws_request_id="r1", **words), entry("intended", **words)]


CHECK = {**ENTRY, "action": "verify", "vend": "", "details": {"session_names": "probe.1 probe.2"}}
LOOK_UP = {**CHECK, "action": "events.look-up", "details": {"session_names": "looker.1"}}


def assumed(name=NAME, **changes):
    """The event of an AssumeRole in the account of the role."""
    return {
        "eventVersion": "1.08",
        "userIdentity": {"type": "AWSAccount", "principalId": "AROAFIRM:x", "accountId": FIRM},
        "eventTime": "2026-11-24T09:30:01Z",
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRole",
        "awsRegion": "eu-central-1",
        "requestParameters": {"roleArn": ROLE, "roleSessionName": name},
        "requestID": "r1",
        "eventID": "e1",
        "recipientAccountId": CLIENT,
        **changes,
    }


def did(action="s3:ListBuckets", name=NAME, **changes):
    """The event of what a session did."""
    service, _, operation = action.partition(":")
    issuer = {"sessionIssuer": {"type": "Role", "arn": ROLE}}
    identity = {"type": "AssumedRole", "principalId": f"AROAEXAMPLE:{name}", "accountId": CLIENT}
    return assumed(
        eventSource=f"{service}.amazonaws.com",
        eventName=operation,
        userIdentity={**identity, "sessionContext": issuer},
        requestParameters=None,
        requestID="r9",
        **{"eventID": f"{action}{name}", **changes},
    )


def write(folder, *events, name="events.json"):
    file = folder / name
    file.write_text(records(*events))
    return file


def records(*events):
    return json.dumps({"Records": events})


def compare(folder, entries, events, *, now=LATER, **claims):
    """Return the verdict and its reasons."""
    reconciliation = Reconciliation(CLIENT, frozenset({ROLE}), BEGIN, END)
    reconciliation.add_entries(entries)
    for event in read_events(write(folder, *events)):
        reconciliation.add_event(event)
    verdict, reasons = reconciliation.judge(now, **{**CLAIMS, **claims})
    return verdict.value, " ".join(reasons)


COMPLETE, INCOMPLETE, PROVISIONAL = "complete", "incomplete", "provisional"
DIFFERS, AS_A_CHECK = "an event that differs from Daypass's record", "name of a Daypass check"
OTHER = {"requestID": "r2", "eventID": "e2"}
OWN = {"type": "IAMUser", "principalId": "AIDA", "accountId": CLIENT}
EARLY = datetime(2026, 11, 24, 11, 29, tzinfo=UTC)
HANDED_TO_NO_ONE = "did not hand the credentials over"
BEFORE = "2026-11-23T23:30:00Z"
CHAINED, BY_SESSIONS = "mallory", "roles started 1 other session of these roles"
OLD_ROLE = f"arn:aws:iam::{CLIENT}:role/Daypass-before"
OF_OLD_ROLE = {"requestParameters": {"roleArn": OLD_ROLE, "roleSessionName": "eve.1"}}


def chained(name=NAME):
    """The event of an AssumeRole by a session of the role."""
    identity = did(name=name)["userIdentity"]
    return assumed(CHAINED, userIdentity=identity, **OTHER)


@every(
    "entries, events, verdict, reason",
    [
        (vend(), [assumed()], COMPLETE, ""),
        (vend(), [assumed(), did(), did("iam:CreateUser")], COMPLETE, ""),
        (vend(), [assumed(), assumed()], COMPLETE, ""),  # in two files
        (vend(), [assumed(), assumed(eventID="e2")], COMPLETE, ""),  # of two trails
        (vend(), [assumed(recipientAccountId=None)], COMPLETE, ""),
        (vend(), [], INCOMPLETE, "No CloudTrail event was found for 1 session that Daypass issued"),
        (vend(), [assumed(recipientAccountId="999988887777")], INCOMPLETE, "No CloudTrail event"),
        ([], [assumed()], INCOMPLETE, f"account {FIRM} started 1 session of"),
        (vend(), [assumed(), assumed(**OTHER)], INCOMPLETE, "CRITICAL: for 1 session"),
        (vend(), [assumed(requestID="r2")], INCOMPLETE, DIFFERS),
        (vend("failed"), [assumed()], INCOMPLETE, DIFFERS),
        (vend(), [assumed(), assumed("eve.1", **OTHER)], INCOMPLETE, "CRITICAL: account"),
        (vend("withheld"), [assumed()], COMPLETE, ""),
        (vend("withheld"), [assumed("x", userIdentity=OWN)], COMPLETE, ""),
        ([entry("intended")], [assumed("x", userIdentity=OWN)], COMPLETE, ""),
        ([], [], PROVISIONAL, f"No event of account {CLIENT} was found"),
        (vend("withheld"), [assumed(), did()], INCOMPLETE, HANDED_TO_NO_ONE),
        ([entry("intended")], [assumed(), did()], INCOMPLETE, HANDED_TO_NO_ONE),
        ([entry("intended", at=BEFORE)], [did()], INCOMPLETE, HANDED_TO_NO_ONE),
        # The outcome can be in the file of the next hour, after the period.
        ([entry("intended", at="2026-11-24T23:59:30Z")], [assumed(), did()], COMPLETE, ""),
        ([CHECK], [assumed("probe.1"), assumed("@canary.1", **OTHER)], COMPLETE, ""),
        ([CHECK], [did(name="probe.1", errorCode="AccessDenied")], COMPLETE, ""),
        ([CHECK], [did("sts:GetCallerIdentity", "probe.2")], COMPLETE, ""),
        ([CHECK], [did(name="probe.2")], INCOMPLETE, AS_A_CHECK),
        ([LOOK_UP], [did("cloudtrail:LookupEvents", "looker.1")], COMPLETE, ""),
        ([LOOK_UP], [did(name="looker.1")], INCOMPLETE, AS_A_CHECK),
        ([CHECK], [did("cloudtrail:LookupEvents", "probe.1")], INCOMPLETE, AS_A_CHECK),
        ([], [did(name="@canary.1")], INCOMPLETE, AS_A_CHECK),
        ([], [did()], PROVISIONAL, f"events are missing: {NAME}"),
        ([], [assumed(userIdentity=OWN), did()], COMPLETE, ""),  # the client's own people
        (vend(), [assumed(), chained(), did(name=CHAINED)], PROVISIONAL, BY_SESSIONS),
        (vend(), [chained(), chained(CHAINED), assumed()], PROVISIONAL, BY_SESSIONS),
        (vend(role_arn=OLD_ROLE), [assumed(**OF_OLD_ROLE, **OTHER)], INCOMPLETE, "CRITICAL: acc"),
        ([], [assumed(eventTime="2026-11-24T00:00:30Z")], COMPLETE, ""),  # of the day before
        ([], [assumed(eventTime="2026-11-25T00:00:00Z")], COMPLETE, ""),
        (vend(at="2026-11-23T23:30:00Z"), [did()], COMPLETE, ""),
    ],
)
def test_a_verdict_says_what_the_events_do_not_fit(tmp_path, entries, events, verdict, reason):
    verdict_shown, reasons = compare(tmp_path, entries, events)
    assert verdict_shown == verdict, reasons
    assert reason in reasons
    assert bool(reasons) == (verdict != COMPLETE)


@every(
    "claims, entries, events, verdict",
    [
        ({"missing": "A region."}, vend(), [assumed()], PROVISIONAL),
        ({"validated": False}, vend(), [assumed()], "complete, files not validated"),
        ({"now": EARLY}, vend(), [], PROVISIONAL),
        ({"now": EARLY.replace(minute=31)}, vend(), [], INCOMPLETE),
    ],
)
def test_a_verdict_claims_what_the_caller_says_of_the_files(
    tmp_path, claims, entries, events, verdict
):
    assert compare(tmp_path, entries, events, **claims)[0] == verdict


def test_the_events_that_aws_documents_are_one_session():
    """Both copies of the cross-account example: the caller's, and the role's, which names no
    recipient."""
    documented = Path(__file__).with_name("documented_events.json")
    role_arn, name = "arn:aws:iam::111122223333:role/EC2-dev", "JohnDoe-EC2-dev"
    begin, end = (datetime(2014, 7, day, tzinfo=UTC) for day in (18, 19))
    for request_id, verdict in (
        ("4EXAMPLE-0e8d-11e4-96e4-e55c0EXAMPLE", COMPLETE),
        ("", COMPLETE),
        ("r1", INCOMPLETE),
    ):
        reconciliation = Reconciliation(CLIENT, frozenset({role_arn}), begin, end)
        words = {"name": name, "at": "2014-07-18T15:07:38Z", "role_arn": role_arn}
        issued = entry(aws_request_id=request_id, **words)
        reconciliation.add_entries([issued, entry("intended", **words)])
        for event in read_events(documented):
            reconciliation.add_event(event)
        assert reconciliation.judge(LATER, **CLAIMS)[0].value == verdict
        assert len(reconciliation.vends[name].opened) == 1


def lookup(*events):
    return json.dumps({"Events": [{"CloudTrailEvent": json.dumps(e)} for e in events]}, indent=4)


def athena(*events):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in events:
        identity = each["userIdentity"]
        issuer = identity.get("sessionContext", {}).get("sessionIssuer", {}).get("arn", "")
        writer.writerow([
            each["eventID"], each["eventTime"], each["eventSource"], each["eventName"],
            each["awsRegion"], each["requestID"], each["recipientAccountId"], "",
            json.dumps(each["requestParameters"]), identity["principalId"],
            identity["accountId"], issuer,
        ])  # fmt: skip
    return text.getvalue()


def test_the_documented_query_gives_these_columns():
    query = read_file("docs/reconciling.md").partition("SELECT ")[2].partition("FROM")[0]
    names = [column.split()[-1] for column in query.split(",")]
    assert tuple(names) == COLUMNS


@every(
    "content",
    [
        records(assumed(), did()).encode(),
        gzip.compress(records(assumed(), did()).encode()),
        f"\ufeff{records(assumed(), did())}".encode(),
        lookup(assumed(), did()).encode(),
        f"{lookup(assumed())}\n{lookup()}\n{lookup(did())}".encode(),
        athena(assumed(), did()).encode(),
        gzip.compress(athena(assumed(), did()).encode()),
        athena(assumed(), did()).replace("\r\n", "\n").encode(),
    ],
)
def test_each_form_of_events_says_the_same(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    expected = list(read_events(write(tmp_path, assumed(), did())))
    assert list(read_events(tmp_path / "a")) == expected
    assert [each.action for each in expected] == ["sts:AssumeRole", "s3:ListBuckets"]


WHOLE = records(assumed(), did()).encode()
CUT, FOREIGN = "is cut off", "is not a file of CloudTrail events"


@every(
    "content, problem",
    [
        *((WHOLE[:end], CUT) for end in (len(WHOLE) - 1, len(WHOLE) - 2, len(WHOLE) // 2, 20)),
        (gzip.compress(WHOLE)[:-9], CUT),
        (gzip.compress(WHOLE)[:-1], CUT),
        (lookup(assumed()).encode()[:-2], CUT),
        (athena(assumed(), did()).encode()[:-90], CUT),
        (b"", FOREIGN),
        (b"{}", FOREIGN),
        (b"[1, 2]", FOREIGN),
        (b'{"Records": [1]}', FOREIGN),
        (b'{"Records": [{"eventTime": "yesterday"}]}', FOREIGN),
        (b'{"Events": [{"CloudTrailEvent": "{"}]}', FOREIGN),
        (records(assumed(eventTime="2026-13-24T09:30:01Z")).encode(), FOREIGN),
        (b'{"Records": [' + b"[" * 100_000, FOREIGN),
        (b'{"Records": [{"a": "' + b"x" * (LONGEST_EVENT + 200_000), FOREIGN),
        (b"a,b\n1,2\n", FOREIGN),
        ("{}".encode("utf-16"), FOREIGN),
        (b"PK\x03\x04\x00\xff\xfe", FOREIGN),
        (b"\x00" * 100, FOREIGN),
    ],
)
def test_a_file_that_is_cut_or_of_something_else_is_named(tmp_path, content, problem):
    file = tmp_path / "a"
    file.write_bytes(content)
    with pytest.raises(LocalProblem, match=problem) as raised:
        list(read_events(file))
    assert str(file) in str(raised.value)


def test_a_large_file_takes_little_memory(tmp_path):
    event = json.dumps(did())
    with gzip.open(tmp_path / "a.json.gz", "wt", compresslevel=1) as file:
        file.write(f'{{"Records": [{event}')
        file.writelines(f",{event}" for _ in range(5_000))
        file.write("]}")
    tracemalloc.start()
    count = sum(1 for _ in read_events(tmp_path / "a.json.gz"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 5_001
    assert peak < 1_500_000  # the text has 3.5 MB


def test_a_folder_has_its_files_of_events_once(tmp_path):
    file = write(tmp_path, name="a.json.gz")
    write(tmp_path, name="notes.txt")
    (tmp_path / "CloudTrail-Digest").mkdir()
    write(tmp_path / "CloudTrail-Digest", name="digest.json.gz")
    assert list_files([str(tmp_path), str(file)]) == [file]
    for path, problem in (
        (tmp_path / "CloudTrail-Digest", "no event files"),
        (tmp_path / "b", "no file"),
    ):
        with pytest.raises(LocalProblem, match=problem):
            list_files([str(path)])


@pytest.fixture
def trail(broker):
    """The trail of a day: a session that was used, and one without an event."""
    second = "carol.fedcba9876543210"
    entries = [*vend(), *vend(name=second, said=""), CHECK]

    def answer(handler):
        is_day = "2026-11-23" not in handler.path
        selection = {**SELECTION, "member": "", "text": "acme-prod (Acme), Tuesday"}
        page = {"selection": selection, "entries": entries if is_day else [], "cursor": None}
        send(handler, page)

    broker.answers["/v1/trail"] = answer
    path = "/v1/engagements/acme-prod"
    broker.answers[path] = 200, {"id": "acme-prod", "account_id": CLIENT}
    broker.answers[f"{path}/roles"] = 200, {"roles": [{"name": "readonly", "arn": ROLE}]}


@pytest.mark.usefixtures("trail")
def test_a_lead_sees_each_session_with_what_it_did(machine, tmp_path):
    events = [did(eventID=str(n)) for n in range(3)]
    denied = did("iam:CreateUser", errorCode="AccessDenied")
    unknown = assumed("mallory", **OTHER)
    file = write(tmp_path, assumed(), *events, denied, unknown)
    words = ("reconcile", "Acme", "--events", str(file), "--when", "2026-11-24")
    output = machine.type(*words)
    assert output.code == 3
    assert output.err == ""
    hold_against_file("command/reconcile.txt", output.out)
    document = json.loads(machine.type(*words, "--json").out)
    assert [each["finding"] for each in document["vends"]] == ["found", "NO EVENT"]
    assert document["vends"][0]["actions"] == {
        "s3:ListBuckets": 3,
        "iam:CreateUser (AccessDenied)": 1,
    }


@pytest.mark.usefixtures("trail")
def test_no_text_of_the_files_steers_the_terminal(machine, tmp_path):
    text = "\x1b[2K\x9b\nVerdict: complete"
    changed = {"requestID": "", "awsRegion": text, "errorCode": text}
    file = write(tmp_path, assumed(text, **OTHER), did(f"s3:{text}", text), assumed(**changed))
    other = assumed("x", userIdentity={"accountId": text}, eventID="e3")
    write(tmp_path, other, name="other.json")
    words = ("--events", str(file), str(tmp_path / "other.json"), "--when", "2026-11-24")
    output = machine.type("reconcile", "Acme", *words)
    assert output.code == 3
    assert not {"\x1b", "\x9b"} & set(output.out + output.err)
    assert "\nVerdict: complete" not in output.out


@pytest.mark.usefixtures("trail")
def test_the_first_minute_of_a_period_is_compared_with_the_day_before(machine, tmp_path):
    file = write(tmp_path, assumed("mallory", eventTime="2026-11-24T00:00:30Z"))
    output = machine.type("reconcile", "Acme", "--events", str(file), "--when", "2026-11-24")
    assert f"CRITICAL: account {FIRM} started 1 session" in output.out


def write_trail(folder, *entries):
    """Write the entries as the digests' bucket has them."""
    folder.mkdir()
    (folder / "digest.txt").write_text("x")
    (folder / "entries.ndjson").write_text("".join(f"{json.dumps(each)}\n" for each in entries))
    return str(folder)


def test_without_a_login_the_files_of_the_trail_are_compared(machine, broker, tmp_path):
    file = write(tmp_path, assumed(), did())
    trail = write_trail(tmp_path / "trail", *vend(), CHECK, {**CHECK, "engagement": "globex"})
    words = ("reconcile", "acme-prod", "--events", str(file), "--trail", trail, "--all-regions")
    days = (
        "2026-11-24",
        "2026-11-01 to 2026-11-30",
        "2026-11-24T09:00:00Z to 2026-11-24T09:31:00Z",
    )
    for when in days:
        shown = machine.type(*words, "--when", when)
        assert (shown.code, shown.err) == (0, "")
        assert f"Reconciliation of acme-prod, {when}: 1 file, 2 events" in shown.out
        assert "Verdict: complete, files not validated" in shown.out
    assert not broker.requests
    for when in ("yesterday", "2026-13-01", "2026-11-24 to", "2026-11-24T25:00:00Z"):
        assert machine.type(*words, "--when", when).code == 2
    earlier = machine.type(*words, "--when", "2026-11-23", "--json")
    assert json.loads(earlier.out)["vends"] == []
    assert machine.type("reconcile", "hooli", *words[2:], "--when", "2026-11-24").code == 6


def test_files_of_two_daypasses_are_not_mixed(machine, tmp_path):
    other = ROLE.replace(CLIENT, "000000000000")
    trail = write_trail(tmp_path / "trail", *vend(), *vend(role_arn=other))
    words = ("--events", str(write(tmp_path, assumed())), "--trail", trail)
    sentence = machine.fails(6, "reconcile", "acme-prod", *words, "--when", "2026-11-24")
    assert f"in several AWS accounts: 000000000000, {CLIENT}." in sentence


INTENDED = entry("intended")


@every(
    "line",
    [
        *("", "x", "[]", "1", '{"at": "x"}', "[" * 100_000),
        *(INTENDED | {"details": details} for details in ({}, [], None)),
        entry("intended", role_arn="arn"),
        entry("intended", name=7),
        *(INTENDED | {"at": at} for at in ("yesterday", "2026-13-24T09:30:00Z")),
        *(INTENDED | {"at": at} for at in ("2026-11-24T09:30:00", 7)),
        entry("issued", expires_at=None),
    ],
)
def test_a_file_that_is_not_the_trails_is_named(machine, tmp_path, line):
    text = line if isinstance(line, str) else json.dumps(line)
    (tmp_path / "a.ndjson").write_text(f"{text}\n")
    words = ("--events", str(write(tmp_path)), "--trail", str(tmp_path / "a.ndjson"))
    sentence = machine.fails(6, "reconcile", "acme-prod", *words, "--when", "2026-11-24")
    assert "a.ndjson has a line that is not an entry" in sentence


@pytest.mark.usefixtures("trail")
def test_files_of_another_account_and_a_validated_csv_are_refused(machine, tmp_path):
    other = write(tmp_path, assumed(recipientAccountId="999988887777"))
    words = ("reconcile", "acme-prod", "--when", "2026-11-24", "--events")
    sentence = machine.fails(6, *words, str(other))
    assert f"999988887777, but none of the engagement's account, {CLIENT}" in sentence
    (tmp_path / "a.csv").write_text(athena(assumed()))
    machine.fails(2, *words, str(tmp_path / "a.csv"), "--validated")
    shown = machine.type(*words, str(tmp_path / "a.csv"))
    assert "A CSV does not show whether its end is missing." in shown.out
