"""`daypass why` explains a role's report, and why a member gets a session or not."""

import json

from tests.cli.samples import BEGIN, EXPLANATION

BOBS = ("why", "acme-prod/readonly", "--member=bob")
WHY, VERIFY = (f"/v1/engagements/acme-prod/roles/readonly/{each}" for each in ("why", "verify"))
PASSED = {"check": "cut-off-role", "result": "passed", "message": "It accepts us.", "fix": ""}
FAILED = {"check": "brake", "result": "failed", "message": "It is off.", "fix": "Attach it."}
UNKNOWN = {"check": "brake", "result": None, "message": "It is not written yet.", "fix": ""}
SAFE = {"grade": "A", "passed": True, "causes": [], "causes_are_certain": False, "checks": []}
COMMANDS = "aws iam get-role \\\n  --role-name partner"
LINE = {"check": "wrong-id", "result": "failed", "message": "It accepts a wrong ID.", "fix": "Fix."}
CAUSE = {"message": "No one saved it.", "how_to_tell": "Look.", "fix": "Save it."}
FAILURES = {
    "a finding with commands": {"checks": [LINE | {"commands": COMMANDS}]},
    "two findings with one fix": {"checks": [LINE | {"commands": ""}] * 2},
    "a certain cause": {"causes": [CAUSE | {"commands": ""}], "causes_are_certain": True},
    "a likely cause with commands": {"causes": [CAUSE | {"commands": COMMANDS}]},
    "a cause that explains a finding": {
        "causes": [CAUSE | {"commands": ""}],
        "checks": [LINE | {"check": "right-external-id", "commands": ""}, LINE | {"commands": ""}],
    },
}
CUT_OFFS = {
    "never checked": {"checked_at": None},
    "seen": {"brake_seen_at": BEGIN, "checks": [PASSED]},
    "deny-all": {"checks": [PASSED]},
    "not written": {"checks": [PASSED, UNKNOWN]},
    "four not written": {"checks": [UNKNOWN] * 4},
    "failed": {"brake_seen_at": BEGIN, "checks": [FAILED]},
}


def test_it_is_explained_as_the_file_says(terminal):
    terminal.type(*BOBS)
    assert json.loads(terminal.machine.type(*BOBS, "--json").out) == EXPLANATION
    terminal.run("why acme-prod --member=bob")
    allowed = {"allowed": True, "reason": None, "duration": 3600, "clauses": []}
    terminal.note("Daypass would request a session", {WHY: allowed})
    terminal.type(*BOBS)
    terminal.note("without a cut-off", {VERIFY: {"report": SAFE | {"cut_off": None}}})
    terminal.run("why acme-prod/readonly")
    for name, changes in FAILURES.items():
        report = {**SAFE, "grade": "F", "passed": False, "cut_off": None, **changes}
        terminal.note(f"a check that failed: {name}", {VERIFY: {"report": report}})
        terminal.run("why acme-prod/readonly")
    for name, changes in CUT_OFFS.items():
        cut_off = {"checked_at": BEGIN, "brake_seen_at": None, "checks": [], "limits": []} | changes
        passed = all(check["result"] == "passed" for check in cut_off["checks"])
        cut_off |= {"is_current": True, "proven": passed and bool(cut_off["checked_at"])}
        terminal.note(f"a cut-off: {name}", {VERIFY: {"report": SAFE | {"cut_off": cut_off}}})
        terminal.run("why acme-prod/readonly")
    terminal.hold("why")
