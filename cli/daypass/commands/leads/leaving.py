"""End everything that a member has, because they leave the firm."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from daypass.broker import segment
from daypass.command import BROKER, JSON, YES, Command
from daypass.commands.leads.arguments import GROUP, MEMBER, WHY
from daypass.commands.leads.cut_offs import SAVE, WAIT, check_new_file
from daypass.commands.leads.effects import Concern, describe_live_sessions
from daypass.commands.leads.people import member_text
from daypass.commands.leads.revoking import post_again, report_cut_offs
from daypass.machine.logins import connect
from daypass.terminal.output import confirm, print_text
from daypass.terminal.waiting import progress


def _leave(arguments: Namespace) -> None:
    check_new_file(arguments.save)
    broker = connect(arguments.broker)
    path = f"/v1/members/{segment(arguments.member)}"
    with progress("Reading the grants"):
        member = broker.get(path)
        grants = list(broker.pages(f"{path}/grants", "grants"))
    concern = Concern(member=arguments.member)
    effect = (
        f"This ends everything that {member_text(member)} has: tokens, codes, the Slack user and"
        f" {_grants_text(grants)}. They get no more sessions.\n"
        f"{describe_live_sessions(broker, concern, whole_role=False, cuts_off=True)}"
    )
    if not confirm(effect, yes=arguments.yes):
        return
    with progress("Ending"):
        answer = post_again(broker, f"{path}/leave", {"reason": arguments.reason})
    revocation = {**answer["revocation"], "engagements": answer["engagements"]}
    if not arguments.json:
        print_text(revocation["message"])
    report_cut_offs(broker, revocation, arguments)


def _grants_text(grants: list[dict[str, Any]]) -> str:
    current = [each["engagement"] for each in grants if each["revoked_at"] is None]
    return f"the grants for {', '.join(current)}" if current else "no grant"


COMMANDS = (
    Command(
        "leave",
        "End everything that a member has: they leave the firm",
        _leave,
        (MEMBER, WHY, WAIT, SAVE, YES, JSON, BROKER),
        group=GROUP,
    ),
)
