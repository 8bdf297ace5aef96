"""Review access: who has a grant, who used it when, and keep it or end it, each with a reason."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

from daypass.broker import Broker, segment
from daypass.command import BROKER, JSON, YES, Command, argument
from daypass.commands.leads.arguments import ABOUT, GROUP
from daypass.errors import Refused, UsageProblem
from daypass.lists import show_list
from daypass.machine.logins import connect
from daypass.terminal.output import (
    confirm,
    print_json,
    print_text,
    printable,
    style,
    warn,
)
from daypass.terminal.waiting import progress

REVIEW = "/v1/review"
_ANSWERS = {"k": "keep", "e": "end", "s": "skip", "q": "quit"}


def _review(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    decisions = [("keep", *names) for names in arguments.keep or ()]
    decisions += [("end", *names) for names in arguments.end or ()]
    if decisions:
        _decide_all(broker, decisions, arguments)
        return
    filters: dict[str, Any] = _filters(broker, arguments.about)
    if arguments.decide:
        with progress("Reading the grants"):
            grants = list(broker.pages(REVIEW, "grants", **filters))
        _walk(broker, grants, arguments.reason)
        return
    if show_list(broker, REVIEW, "grants", as_json=arguments.json, **filters):
        print(style("To decide: daypass review --decide", "dim"))


def _filters(broker: Broker, about: str) -> dict[str, str]:
    """Return the filter for the engagement or the member with this name."""
    if not about:
        return {}
    try:
        broker.get(f"/v1/engagements/{segment(about)}")
    except Refused as error:
        if error.reason != "no-such-engagement":
            raise
        return {"member": about}
    return {"engagement": about}


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
                f" ({grant['client']}): {grant['access']}; last used:"
                f" {grant['last_use']}. Proposal: {grant['proposal'] or 'none'}. {grant['notes']}"
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
