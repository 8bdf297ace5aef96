"""Review access: who has a grant, who used it when, and keep it or end it, each with a reason."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

from daypass.broker import Broker, segment
from daypass.command import BROKER, JSON, YES, Command, argument
from daypass.commands.leads.arguments import ABOUT, GROUP
from daypass.commands.leads.people import describe_roles
from daypass.errors import Refused, UsageProblem
from daypass.machine.logins import connect
from daypass.terminal.output import (
    confirm,
    count_of,
    print_json,
    print_table,
    print_text,
    printable,
    style,
    warn,
)
from daypass.terminal.times import parse_api_time
from daypass.terminal.waiting import progress

_ANSWERS = {"k": "keep", "e": "end", "s": "skip", "q": "quit"}


def _review(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    decisions = [("keep", *names) for names in arguments.keep or ()]
    decisions += [("end", *names) for names in arguments.end or ()]
    if decisions:
        _decide_all(broker, decisions, arguments)
        return
    with progress("Reading the grants"):
        grants = [
            each
            for each in broker.pages("/v1/review", "grants")
            if arguments.about in ("", each["member"], each["engagement"])
        ]
    if arguments.json:
        print_json(grants)
    elif not grants:
        print("No one has a grant.")
    elif arguments.decide:
        _walk(broker, grants, arguments.reason)
    else:
        _print_grants(grants)


def _print_grants(grants: list[dict[str, Any]]) -> None:
    rows = [
        (
            each["member"],
            each["engagement"],
            each["client"],
            describe_roles(each),
            _use_text(each),
            each["proposal"] or "",
            _notes_text(each),
        )
        for each in grants
    ]
    print_table(("MEMBER", "ENGAGEMENT", "CLIENT", "ROLES", "LAST USED", "PROPOSAL", ""), rows)
    for request in sorted({each.get("unreviewed_emergency") or "" for each in grants} - {""}):
        print_text(f"An emergency has no review yet. Type: daypass review-emergency {request}")
    unused = sum(each["proposal"] == "end" for each in grants)
    hint = f"{count_of(unused, 'grant')} proposed for ending. To decide: daypass review --decide"
    print(style(hint, "dim"))


def _use_text(grant: dict[str, Any]) -> str:
    """Return when the grant was last used. Daypass searches the trail for 90 days."""
    if grant["unused_days"] is None:
        return "unknown"  # Daypass could not read its trail
    days = int(grant["unused_days"])
    if grant["last_used_at"] is None:
        return f"not in {count_of(days, 'day')}" if days else "not yet"
    return f"{count_of(days, 'day')} ago" if days else "today"


def _notes_text(grant: dict[str, Any]) -> str:
    """Return how often the member opened a role in an emergency, and who last reviewed the
    grant."""
    return ", ".join(filter(None, (_emergencies_text(grant), _reviewed_text(grant))))


def _emergencies_text(grant: dict[str, Any]) -> str:
    count = grant["emergencies"]
    if not count:
        return ""
    day = parse_api_time(grant["last_emergency_at"]).astimezone().date()
    return f"1 emergency, {day}" if count == 1 else f"{count} emergencies, the last {day}"


def _reviewed_text(grant: dict[str, Any]) -> str:
    if grant["reviewed_at"] is None:
        return ""
    day = parse_api_time(grant["reviewed_at"]).astimezone().date()
    return f"reviewed {day} by {grant['reviewed_by']}"


def _decide_all(
    broker: Broker, decisions: list[tuple[str, str, str]], arguments: Namespace
) -> None:
    """Show the decisions of the command line, ask once, and record each."""
    if not arguments.reason:
        raise UsageProblem("Say why, with --reason.")
    lines = [
        f"This {'keeps' if decision == 'keep' else 'ends'} the grant of {member} for {engagement}."
        for decision, member, engagement in decisions
    ]
    if not confirm("\n".join(lines), yes=arguments.yes):
        return
    answers = []
    for decision in decisions:
        answers.append(_record(broker, *decision, arguments.reason))
        if not arguments.json:
            _print_decision(*decision, answers[-1])
    if arguments.json:
        print_json(answers)


def _walk(broker: Broker, grants: list[dict[str, Any]], usual_reason: str) -> None:
    """Ask about each grant, the ones proposed for ending first, and record each decision."""
    if not sys.stdin.isatty():
        raise UsageProblem("stdin is not a terminal. Decide with --keep and --end.")
    grants = sorted(grants, key=lambda each: each["proposal"] != "end")
    for number, grant in enumerate(grants, 1):
        print(
            printable(
                f"{number} of {len(grants)}: {grant['member']} in {grant['engagement']}"
                f" ({grant['client']}): {', '.join(grant['roles'])}; last used"
                f" {_use_text(grant)}. Proposal: {grant['proposal'] or 'none'}."
                f" {_notes_text(grant)}"
            ).strip()
        )
        decision = _ask_decision()
        if decision == "quit":
            return
        if decision != "skip":
            _record_and_go_on(broker, decision, grant, _ask_reason(usual_reason))


def _record_and_go_on(broker: Broker, decision: str, grant: dict[str, Any], reason: str) -> None:
    """Record the decision about the grant as it was listed. A refusal, such as of a decision about
    one's own grant, does not stop the review."""
    names = decision, grant["member"], grant["engagement"]
    try:
        answer = _record(broker, *names, reason, version=grant["version"])
    except Refused as error:
        warn(str(error))
    else:
        _print_decision(*names, answer)


def _ask_decision() -> str:
    while True:
        answer = _ask("[k]eep, [e]nd, [s]kip or [q]uit? ").lower()[:1]
        if answer in _ANSWERS:
            return _ANSWERS[answer]


def _ask_reason(usual: str) -> str:
    while True:
        reason = _ask(f"Reason{f' [{printable(usual)}]' if usual else ''}: ") or usual
        if reason:
            return reason


def _ask(question: str) -> str:
    """Return the line that a person types. The end of the input counts as q."""
    print(question, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    return line.strip() if line else "q"


def _record(
    broker: Broker, decision: str, member: str, engagement: str, reason: str, **fields: int
) -> dict[str, Any]:
    """Record the decision, and return Daypass's answer."""
    path = f"/v1/engagements/{segment(engagement)}/grants/{segment(member)}/review"
    return dict(broker.post(path, {"decision": decision, "reason": reason, **fields}))


def _print_decision(decision: str, member: str, engagement: str, answer: dict[str, Any]) -> None:
    done = "kept" if decision == "keep" else "ended"
    print(f"The grant of {printable(member)} for {printable(engagement)} is {done}.")
    revocation = answer["revocation"]
    if revocation is not None:
        print_text(revocation["message"])
        if revocation.get("cut_offs"):
            print("For the cut-offs' progress, type: daypass cut-offs")


COMMANDS = (
    Command(
        "review",
        "Review who has access, and keep or end each grant",
        _review,
        (
            ABOUT,
            argument("--decide", action="store_true", help="go through the grants one by one"),
            argument(
                "--keep",
                nargs=2,
                action="append",
                metavar=("MEMBER", "ENGAGEMENT"),
                help="keep this grant; several times for several grants",
            ),
            argument(
                "--end",
                nargs=2,
                action="append",
                metavar=("MEMBER", "ENGAGEMENT"),
                help="end this grant",
            ),
            argument("--reason", default="", help="why, for the trail"),
            YES,
            JSON,
            BROKER,
        ),
        group=GROUP,
        description="A grant that no one has used for 30 days is proposed for ending.",
    ),
)
