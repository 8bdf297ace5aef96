"""The members' command `/daypass list`, which shows what they may enter."""

from __future__ import annotations

from chalicelib.domain.slack.messages import Message
from chalicelib.usecases.requests.access import ACCESS, AccessFilters
from chalicelib.usecases.slack.commands.declared import Call, MemberCommand
from chalicelib.usecases.slack.lists import show_rows


def _answer_list(call: Call) -> Message:
    page = ACCESS.ask(call.ports, call.caller, AccessFilters())
    return show_rows(ACCESS, page, more="daypass ls")


LIST = MemberCommand(
    name="list",
    arguments=(),
    summary="Shows your engagements and their roles.",
    example="list",
    answer=_answer_list,
)
