"""Show engagements: their state, their end and their cut-off, which a lead can change."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from daypass.broker import Broker, segment
from daypass.command import BROKER, JSON, YES, Command, argument
from daypass.commands.leads.arguments import GROUP, ONE_ENGAGEMENT
from daypass.errors import UsageProblem
from daypass.lists import show_list
from daypass.machine.logins import connect
from daypass.terminal.output import confirm, print_json

CUT_OFFS = {
    "brake": "A revocation ends live sessions in the client's account, with a brake.",
    "deny-all": "A revocation of a whole role shuts that role in the client's account.",
    "none": "Only the client can end live sessions. Recommended: --cut-off brake.",
}
"""The cut-off of live sessions that an engagement can have."""


def _show_engagements(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    if arguments.cut_off:
        _change_cut_off(broker, arguments)
        return
    if arguments.json and arguments.engagement:
        print_json([broker.get(f"/v1/engagements/{segment(arguments.engagement)}")])
        return
    name = {"starts_with": arguments.engagement} if arguments.engagement else {}
    show_list(broker, "/v1/engagements", "engagements", as_json=arguments.json, **name)


def _change_cut_off(broker: Broker, arguments: Namespace) -> None:
    if not arguments.engagement:
        raise UsageProblem("Name the engagement whose cut-off changes.")
    effect = "This changes the cut-off of {engagement} from {before} to {after}. {text}"
    changed = change_choice(broker, arguments, "cut_off", arguments.cut_off, CUT_OFFS, effect)
    if changed is not None and changed["cut_off"] != "none" and not arguments.json:
        print(
            "The client has to create it. Their page shows how. For a link to it: daypass link"
            f" {changed['id']}"
        )


def change_choice(
    broker: Broker,
    arguments: Namespace,
    field: str,
    choice: str,
    texts: Mapping[str, str],
    effect: str,
) -> dict[str, Any] | None:
    """Ask, and give a field of the engagement this choice. Return the changed engagement, or None
    if nothing changed.

    `texts` has a sentence for each choice. `effect` is a template with the fields {engagement},
    {before}, {after} and {text}.
    """
    path = f"/v1/engagements/{segment(arguments.engagement)}"
    engagement = broker.get(path)
    before, text = engagement[field], texts[choice]
    if before == choice:
        print(f"That is so already. {text}")
        return None
    name = f"{engagement['id']} ({engagement['client']}, {engagement['account_id']})"
    shown = effect.format(engagement=name, before=before, after=choice, text=text)
    if not confirm(shown, yes=arguments.yes):
        return None
    changed: dict[str, Any] = broker.patch(path, {field: choice})
    print_json(changed) if arguments.json else print(texts[changed[field]])
    return changed


COMMANDS = (
    Command(
        "engagements",
        "List the engagements, or show one, or change its cut-off",
        _show_engagements,
        (
            ONE_ENGAGEMENT,
            argument(
                "--cut-off",
                default="",
                choices=tuple(CUT_OFFS),
                help="change how a revocation ends its live sessions",
            ),
            YES,
            JSON,
            BROKER,
        ),
        group=GROUP,
        description=" ".join(f"{name}: {text}" for name, text in CUT_OFFS.items()),
    ),
)
