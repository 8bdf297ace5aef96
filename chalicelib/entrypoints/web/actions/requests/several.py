"""Approve or deny several requests with the same rule, with one reason."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, NamedTuple

from chalicelib.domain.errors import bad_value
from chalicelib.domain.requests.policies import has_same_rule
from chalicelib.domain.requests.requests import ApproveRequest
from chalicelib.domain.requests.view import RequestStep
from chalicelib.domain.text import ReasonText, join_words
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.entrypoints.web.actions.declared import ActionPage, build_rows_page, web_action
from chalicelib.entrypoints.web.actions.tallies import Tally, do_each, rows_of
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.requests.decide import approve_request, deny_request
from chalicelib.usecases.requests.steps import CheckedRequest, check_requests, preview_step

_OTHER_RULE = (
    "Different rules apply to these requests. Tick only requests to which the same rule applies."
)
_SENSITIVE = "This role is sensitive. Approve its requests one by one, each on its own page."


class RequestRow(NamedTuple):
    """A request of the list, with the version that the list showed."""

    id: str
    version: str


Rows = Annotated[frozenset[RequestRow], rows_of(RequestRow, "([a-z0-9.-]{1,80}):([0-9]{1,9})")]


class ApproveForm(Request):
    """One approval for each of these requests."""

    row: Rows
    reason: ReasonText = ""


class DenyForm(Request):
    """One denial of each of these requests."""

    row: Rows
    reason: ReasonText


class ReadRows(NamedTuple):
    """The requests that can be decided, and why the others cannot."""

    requests: list[CheckedRequest]
    others: list[str]

    @property
    def problem(self) -> str:
        """Return why these requests cannot be approved together. Empty: they can."""
        policies = [each.policy for each in self.requests]
        if any(each.sensitive for each in policies):
            return _SENSITIVE
        return "" if all(has_same_rule(policies[0], each) for each in policies) else _OTHER_RULE

    def build_page(self, *effect: str, problem: str) -> ActionPage:
        options = tuple(map(_build_option, self.requests))
        return build_rows_page("request", options, self.others, *effect, problem=problem)


def _build_option(each: CheckedRequest) -> tuple[str, str]:
    row = each.row
    waits = f", waiting for {join_words(row.waiting_for)}" if row.waiting_for else ""
    text = f"{row.member}: {row.target}, {row.span} (“{row.reason}”){waits}"
    return f"{row.id}:{row.version}", text


def _find(step: RequestStep, web: WebRequest, rows: Sequence[RequestRow]) -> ReadRows:
    """Return the requests. Raise the refusal of a single one."""
    if len(rows) == 1:
        preview_step(web.ports, web.caller, rows[0].id, step)
    return _read(step, web, rows)


def _read(step: RequestStep, web: WebRequest, rows: Sequence[RequestRow]) -> ReadRows:
    checked = check_requests(web.ports, web.caller, [row.id for row in rows], step)
    read = ReadRows([], [])
    for row in rows:
        each = checked.get(row.id)
        if each is None:
            read.others.append(f"{row.id}: This request does not exist.")
        elif each.problem:
            read.others.append(f"{each.row.member}: {each.row.target}: {each.problem}")
        elif str(each.row.version) != row.version:
            changed = "This request has changed since the list was shown."
            read.others.append(f"{each.row.member}: {each.row.target}: {changed}")
        else:
            read.requests.append(each)
    return read


def _refuse_mixed_rules(read: ReadRows) -> None:
    if read.problem:
        raise bad_value("row", read.problem)


def _approve_each(web: WebRequest, form: ApproveForm) -> Tally:
    _refuse_mixed_rules(_read(RequestStep.APPROVE, web, tuple(form.row)))

    def approve(row: RequestRow) -> int:
        approval = ApproveRequest(reason=form.reason)
        approve_request(web.ports, web.caller, row.id, approval, version=int(row.version))
        return 0  # no session outlives an approval

    return do_each({row.id: partial(approve, row) for row in form.row})


def _deny_each(web: WebRequest, form: DenyForm) -> Tally:
    def deny(row: RequestRow) -> int:
        deny_request(web.ports, web.caller, row.id, why=form.reason, version=int(row.version))
        return 0

    return do_each({row.id: partial(deny, row) for row in form.row})


@web_action(
    "approve-requests",
    "Approve",
    "Approve",
    "Approved",
    Action.REQUEST_APPROVE,
    ApproveForm,
    perform=_approve_each,
    find=partial(_find, RequestStep.APPROVE),
    rows="request",
    kinds=EVERYONE,
    grants_access=True,
    labels={
        "row": ("Requests", "To allow a shorter time, approve a request on its own page."),
        "reason": ("Message to the members", "Also recorded in the audit trail."),
    },
    then="requests",
)
def _(_: WebRequest, read: ReadRows) -> ActionPage:
    return read.build_page(
        "Your approval is recorded for each request. Once a request has all the approvals that it"
        " needs, access is granted.",
        problem=read.problem,
    )


@web_action(
    "deny-requests",
    "Deny",
    "Deny",
    "Denied",
    Action.REQUEST_DENY,
    DenyForm,
    perform=_deny_each,
    find=partial(_find, RequestStep.DENY),
    rows="request",
    kinds=EVERYONE,
    is_stop=True,
    labels={
        "row": "Requests",
        "reason": ("Reason", "Sent to the members and recorded in the audit trail."),
    },
    then="requests",
)
def _(_: WebRequest, read: ReadRows) -> ActionPage:
    return read.build_page(
        "The members do not get the access they asked for. They can send new requests.",
        problem="",
    )
