"""Review access: who has a grant, who used it when, and keep it or end it, each with a reason."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import suppress

from daypass.broker import Broker, segment
from daypass.command import ABOUT, BROKER, LIST, YES, Command, argument
from daypass.commands.leads.packaging import write_package
from daypass.commands.leads.questions import list_filters
from daypass.errors import Refused, UsageProblem
from daypass.json_object import JsonObject
from daypass.lists import show_list
from daypass.machine.logins import connect
from daypass.terminal.output import (
    confirm,
    print_json,
    print_text,
    printable,
    progress,
    style,
    warn,
)

REVIEW = "/v1/review"
_DONE = {"keep": "kept", "end": "ended"}
_ANSWERS = {"k": "keep", "e": "end", "s": "", "q": ""}


def _review(arguments: Namespace) -> None:
    if arguments.package or arguments.as_of or arguments.until:
        write_package(arguments)
        return
    broker = connect(arguments.broker)
    decisions = [(word, *names) for word in _DONE for names in getattr(arguments, word) or ()]
    if decisions:
        _decide_all(broker, decisions, arguments)
        return
    filters = list_filters(broker, arguments.about)
    if arguments.decide:
        with progress("Reading the grants"):
            grants = [each for by in filters for each in broker.list_items(REVIEW, "grants", **by)]
        with suppress(EOFError):
            _walk(broker, grants, arguments)
    elif show_list(broker, REVIEW, "grants", *filters, arguments=arguments):
        print(style("To decide: daypass review --decide", "dim"))


def _decide_all(
    broker: Broker, decisions: list[tuple[str, str, str]], arguments: Namespace
) -> None:
    """Show the decisions of the command line, ask once, and record each."""
    if not arguments.reason:
        raise UsageProblem("Add a reason with --reason.")
    lines = [
        f"This {decision}s {member}'s grant for {engagement}."
        for decision, member, engagement in decisions
    ]
    if confirm("\n".join(lines), yes=arguments.yes):
        answers = [_decide(broker, arguments, *each, arguments.reason) for each in decisions]
        if arguments.json:
            print_json(answers)


def _walk(broker: Broker, grants: list[JsonObject], arguments: Namespace) -> None:
    """Ask about each grant, the ones proposed for ending first, and record each decision. A
    refusal, such as of a decision about one's own grant, does not stop the review."""
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
        decision = ""
        while decision not in _ANSWERS:
            decision = _ask("[k]eep, [e]nd, [s]kip or [q]uit? ").lower()[:1]
        if decision == "q":
            return
        if decision != "s":
            usual = arguments.reason
            reason = _ask(f"Reason{f' [{printable(usual)}]' if usual else ''}: ", usual)
            names = _ANSWERS[decision], grant["member"], grant["engagement"]
            try:
                _decide(broker, arguments, *names, reason, version=grant["version"])
            except Refused as error:
                warn(str(error))


def _ask(question: str, usual: str = "") -> str:
    """Return the line that a person types. Raise EOFError at the end of the input."""
    line = ""
    while not line:
        print(question, end="", file=sys.stderr, flush=True)
        typed = sys.stdin.readline()
        if not typed:
            raise EOFError
        line = typed.strip() or usual
    return line


def _decide(
    broker: Broker,
    arguments: Namespace,
    decision: str,
    member: str,
    engagement: str,
    reason: str,
    **fields: int,
) -> JsonObject:
    """Record the decision, and return Daypass's answer. Print it unless it is for a program."""
    path = f"/v1/engagements/{segment(engagement)}/grants/{segment(member)}/review"
    answer = dict(broker.post(path, {"decision": decision, "reason": reason, **fields}))
    if not arguments.json:
        print(f"You {_DONE[decision]} {printable(member)}'s grant for {printable(engagement)}.")
        revocation = answer["revocation"]
        if revocation is not None:
            print_text(revocation["message"])
            if revocation.get("cut_offs"):
                print("To see the progress of the cut-offs: daypass cut-offs")
    return answer


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
                help="keep this grant. Repeat it for several grants",
            ),
            argument(
                "--end",
                nargs=2,
                action="append",
                metavar=("MEMBER", "ENGAGEMENT"),
                help="end this grant",
            ),
            argument("--reason", help="why, for the trail"),
            argument(
                "--package",
                metavar="FOLDER",
                help="write the review to this folder as files, for an audit",
            ),
            argument(
                "--as-of",
                metavar="DATE",
                help="with --package: the first day, such as 2026-10-01. Default: 90 days ago",
            ),
            argument("--until", metavar="DATE", help="with --package: the last day. Default: now"),
            YES,
            *LIST,
            BROKER,
        ),
        description="Daypass proposes to end a grant that no one has used for 30 days.",
    ),
)
