"""Explain why a member gets a session or not: the rule of access, condition by condition."""

from __future__ import annotations

from typing import Any

from daypass.broker import Broker, segment
from daypass.errors import UsageProblem
from daypass.targets import Target
from daypass.terminal.output import print_json, print_text, printable, style
from daypass.terminal.times import show_duration
from daypass.terminal.waiting import progress

_CHANGE_BY = {
    "lead": "A lead can change this",
    "member": "The member can change this",
    "client": "The client can change this",
    "time": "Time changes this",
}


def explain_member(broker: Broker, target: Target, member: str, *, as_json: bool) -> int:
    """Print why Daypass would give the member a session of the role now, or would not. Return the
    exit code: 0 if it would. Raise UsageProblem without a role."""
    if not target.role:
        raise UsageProblem(f"Name a role, such as {target.engagement}/readonly.")
    base = f"/v1/engagements/{segment(target.engagement)}/roles/{segment(target.role)}"
    with progress("Reading the access"):
        answer = broker.get(f"{base}/why", member=member)
    if as_json:
        print_json(answer)
    else:
        _print_explanation(f"{member} in {target.engagement}/{target.role}", answer)
    return 0 if answer["allowed"] else 3


def _print_explanation(subject: str, answer: dict[str, Any]) -> None:
    if answer["allowed"]:
        length = show_duration(answer["duration"])
        print_text(
            f"{subject}: Daypass would request a session of {length} from AWS now; AWS decides as"
            " well."
        )
    else:
        print(f"{printable(subject)}: {style('refused', 'red')} ({printable(answer['reason'])})")
    for clause in answer["clauses"]:
        mark = {True: "yes", False: style("NO ", "red"), None: "?  "}[clause["holds"]]
        print_text(f"  {mark} {clause['name']}: {clause['fact']}")
        if clause["change"]:
            by = _CHANGE_BY.get(clause["change_by"], clause["change_by"])
            print_text(f"      {by}: {clause['change']}")
