"""Answer a lead's and an auditor's questions: who, access, why, trail, report."""

from __future__ import annotations

from argparse import Namespace

from daypass.broker import Broker, segment
from daypass.command import ABOUT, BROKER, JSON, LIST, MEMBER, Command, argument
from daypass.errors import Refused, UsageProblem
from daypass.json_object import JsonObject
from daypass.lists import show_list
from daypass.machine.logins import connect
from daypass.targets import ACCESS, Target, parse_target
from daypass.terminal.output import print_json, print_text, printable, progress, shorten, style
from daypass.terminal.times import show_duration, show_moment


def _show_sessions(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    if not (arguments.json or arguments.csv):
        warn_if_frozen(broker)
    filters = list_filters(broker, arguments.about)
    show_list(broker, "/v1/sessions", "sessions", *filters, arguments=arguments)


def warn_if_frozen(broker: Broker) -> None:
    """Print the freeze, if there is one, above a list."""
    status = broker.get("/v1/freeze")
    if status["frozen"]:
        print_text(status["message"])


def list_filters(broker: Broker, about: str) -> list[JsonObject]:
    """Return the filters for the engagement and for the member with this name. There may be both,
    and one must not hide the other. Raise UsageProblem if there is neither."""
    if not about:
        return [{}]
    names = [
        name
        for name in ("engagement", "member")
        if broker.find(f"/v1/{name}s/{segment(about)}", f"no-such-{name}")
    ]
    if not names:
        raise UsageProblem(f"No engagement or member is called {shorten(about)}.")
    return [{name: about} for name in names]


def _show_access(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    show_list(broker, ACCESS, "access", {"member": arguments.member}, arguments=arguments)


def _explain(arguments: Namespace) -> int:
    """Check the roles, and print the reports, or explain a member's access. Return 0 if all is
    well, or else the exit code of a refusal."""
    broker = connect(arguments.broker)
    target = parse_target(arguments.target)
    if arguments.member:
        return _explain_member(broker, target, arguments.member, as_json=arguments.json)
    base = f"/v1/engagements/{segment(target.engagement)}/roles"
    names = [target.role] if target.role else _role_names(broker, base)
    reports = {}
    for name in names:
        with progress(f"Checking {target.engagement}/{name}"):
            reports[name] = broker.post(f"{base}/{segment(name)}/verify")["report"]
    if arguments.json:
        print_json(reports)
    else:
        for name, report in reports.items():
            _print_report(f"{target.engagement}/{name}", report)
    return 0 if all(report["passed"] for report in reports.values()) else Refused.exit_code


def _explain_member(broker: Broker, target: Target, member: str, *, as_json: bool) -> int:
    """Print why Daypass would give the member a session of the role now, or would not. Return 0 if
    it would, or else the exit code of a refusal. Raise UsageProblem if the target names no role."""
    if not target.role:
        raise UsageProblem(f"Name a role, such as {target.engagement}/readonly.")
    base = f"/v1/engagements/{segment(target.engagement)}/roles/{segment(target.role)}"
    with progress("Reading the access"):
        answer = broker.get(f"{base}/why", member=member)
    if as_json:
        print_json(answer)
    else:
        _print_explanation(f"{member} in {target.engagement}/{target.role}", answer)
    return 0 if answer["allowed"] else Refused.exit_code


def _print_explanation(subject: str, answer: JsonObject) -> None:
    """Print the decision on a session, and each condition with whether it holds. `holds` is null
    for the conditions after the one that refuses, because Daypass did not check them."""
    if answer["allowed"]:
        length = show_duration(answer["duration"])
        print_text(
            f"{subject}: Daypass would request a session of {length} from AWS now. AWS can still"
            " refuse it."
        )
    else:
        print(f"{printable(subject)}: {style('refused', 'red')} ({printable(answer['reason'])})")
    for clause in answer["clauses"]:
        mark = {True: "ok ", False: style("NO ", "red"), None: "?  "}[clause["holds"]]
        print_text(f"  {mark} {clause['name']}: {clause['fact']}")
        if clause["change"]:
            print_text(f"      {clause['change']}")


def _role_names(broker: Broker, base: str) -> list[str]:
    roles = [role for role in broker.list_items(base, "roles") if role["ended_at"] is None]
    if not roles:
        raise UsageProblem("This engagement has no roles yet. The client's page shows what to do.")
    return [role["name"] for role in roles]


# The checks whose failure a report's causes explain. The causes say more than their findings.
_EXPLAINED_BY_CAUSES = ("right-external-id", "source-identity", "session-tags")


def _print_report(target: str, report: JsonObject) -> None:
    """Print the result of a role's check, with the likeliest cause and the fixes, each once."""
    grade = style(report["grade"], "green" if report["passed"] else "red")
    result = "passed" if report["passed"] else "failed"
    print(f"{target}: grade {grade}, {result}")
    failed = [line for line in report["checks"] if line["result"] == "failed"]
    explained = _EXPLAINED_BY_CAUSES if report["causes"] else ()
    findings = [line for line in failed if line["check"] not in explained]
    for finding in findings:
        print(f"  {printable(finding['message'])}")
    # Each fix is printed once: by its commands, or by its text if it has none.
    fixes = {finding["commands"] or finding["fix"]: finding["fix"] for finding in findings}
    if report["causes"]:
        cause = report["causes"][0]
        certainty = "" if report["causes_are_certain"] else "Most likely cause: "
        print(f"  {certainty}{printable(cause['message'])}")
        if not report["causes_are_certain"]:
            print(f"  {printable(cause['how_to_tell'])}")
        fixes.setdefault(cause["commands"] or cause["fix"], cause["fix"])
    for commands, fix in fixes.items():
        _print_fix(fix, commands if commands != fix else "")
    if report.get("cut_off"):
        _print_cut_off(report["cut_off"])


def _print_cut_off(cut_off: JsonObject) -> None:
    """Print whether Daypass has seen that it can end live sessions of the role."""
    seen_at = cut_off["brake_seen_at"]
    if not cut_off["checked_at"]:
        print("  Cut-off: not checked yet")
    elif not cut_off["proven"]:
        print("  Cut-off: not proven")
    elif seen_at:
        print(f"  Cut-off: seen to work on {show_moment(seen_at)}")
    else:
        print("  Cut-off: the cut-off role passed its check. Daypass cannot test deny-all")
    failed = [line for line in cut_off["checks"] if line["result"] != "passed"]
    for message in dict.fromkeys(line["message"] for line in failed):
        print(f"  {printable(message)}")
    for fix in dict.fromkeys(line["fix"] for line in failed):
        _print_fix(fix, "")


def _print_fix(fix: str, commands: str) -> None:
    """Print how to fix a finding."""
    if fix:
        print(f"  {style('Fix:', 'bold')} {printable(fix)}")
    for line in commands.splitlines():
        print(f"    {printable(line)}")


COMMANDS = (
    Command(
        "who",
        "Show who is in which client's account now",
        _show_sessions,
        (
            ABOUT,
            *LIST,
            BROKER,
        ),
    ),
    Command("access", "Show what a member can access", _show_access, (MEMBER, *LIST, BROKER)),
    Command(
        "why",
        "Check a client's roles, and show the most likely cause of a failure",
        _explain,
        (
            argument("target", metavar="ENGAGEMENT[/ROLE]", help="such as acme-prod"),
            argument(
                "--member",
                metavar="MEMBER",
                help="do not check the role, but explain whether this member can get a session,"
                " and why",
            ),
            JSON,
            BROKER,
        ),
    ),
)
