"""Send a revocation until it is complete, and show the answer with its cut-offs."""

from __future__ import annotations

from argparse import Namespace
from contextlib import suppress
from typing import Any

from daypass.broker import Broker
from daypass.commands.leads.cut_offs import follow, hand_over_steps, print_cut_offs
from daypass.errors import Unreachable
from daypass.terminal.output import print_json, print_table
from daypass.terminal.waiting import progress

MOST_TRIES = 5


def report_cut_offs(
    broker: Broker, answer: dict[str, Any], revocation: dict[str, Any], arguments: Namespace
) -> None:
    """Follow the cut-offs of the revocation, which is the answer or a part of it, and show them.
    With `--json`, print the answer with the cut-offs as they are then.

    Raise Unreachable if the revocation is not complete.
    """
    cut_offs = revocation.get("cut_offs") or []
    if cut_offs:
        cut_offs = revocation["cut_offs"] = follow(broker, cut_offs, arguments.wait)
    if arguments.json:
        print_json(answer)
    else:
        _print_engagements(answer.get("engagements") or [])
        if cut_offs:
            print_cut_offs(cut_offs)
        hand_over_steps(cut_offs, arguments.save)
    if not _is_complete(answer):
        raise Unreachable("Not every engagement is blocked yet. Run the same line again.")


def _print_engagements(engagements: list[dict[str, Any]]) -> None:
    if not engagements:
        return
    rows = [
        (each["engagement"], each["client"], each["status"], str(each["alive"]), each["detail"])
        for each in engagements
    ]
    print_table(("ENGAGEMENT", "CLIENT", "NEW SESSIONS", "MAY BE ALIVE", ""), rows)


def post_until_complete(broker: Broker, path: str, body: dict[str, str]) -> dict[str, Any]:
    """Return the answer to a revocation. Repeat one that ran out of time, and one that got no
    answer."""
    with progress("Revoking"):
        for _ in range(MOST_TRIES):
            answer = _post_again(broker, path, body)
            if _is_complete(answer):
                break
    return answer


def _is_complete(answer: dict[str, Any]) -> bool:
    return all(each["status"] == "blocked" for each in answer.get("engagements") or ())


def _post_again(broker: Broker, path: str, body: dict[str, str]) -> dict[str, Any]:
    """Return the answer to a request that can be repeated: after no answer, send it once more."""
    with suppress(Unreachable):
        return dict(broker.post(path, body))
    try:
        return dict(broker.post(path, body))
    except Unreachable as error:
        raise Unreachable(
            f"{error} Daypass may have done it all the same. Run the same line again: that is safe,"
            " and shows the answer."
        ) from None
