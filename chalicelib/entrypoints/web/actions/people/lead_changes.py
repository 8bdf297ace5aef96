"""End what a suspended lead set up."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.trail import Action
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    show,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import hidden, reason_field
from chalicelib.entrypoints.web.actions.people.forms import (
    display,
    read_member_id,
)
from chalicelib.entrypoints.web.actions.reason_forms import MemberReasonForm
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements.end_lead_changes import KINDS_ENDED, end_lead_changes
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.web.people.change_texts import TEXTS, describe_ending
from chalicelib.usecases.web.people.changes import LeadChangesPage, read_lead_changes

MAX_EFFECTS = 20
"""How many changes the page of an action lists, each in a sentence."""


@web_action(
    "end-lead-changes",
    heading="End the changes of",
    button="End these changes",
    done="",
    kinds=LEADS,
    action=Action.LEAD_CHANGES_END,
    form=MemberReasonForm,
    is_stop=True,
)
def end_changes(web: WebRequest, form: MemberReasonForm) -> ActionResult:
    """End the suspended lead's changes, and show each with its result."""
    result = end_lead_changes(web.ports, web.caller, form.member, why=form.reason)
    return show(
        "web/people/ended_changes.html",
        title="Ended changes",
        lead=find_member(web.ports, form.member),
        result=result,
        texts=TEXTS,
    )


@end_changes.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    page = read_lead_changes(web.ports, read_member_id(typed))
    is_suspended = page.lead.suspended_at is not None
    return ActionPage(
        target=display(page.lead),
        effect=tuple(_describe_endings(page)),
        fields=(
            hidden("member", page.lead.id),
            reason_field(typed.get("reason", ""), hint="The trail keeps it."),
        ),
        warning="" if is_suspended else "This member is not suspended. Suspend them first.",
    )


def _describe_endings(page: LeadChangesPage) -> Iterator[str]:
    """Yield a sentence for each change that the action ends, 20 at most, and for the others."""
    ended = [describe_ending(change) for change in page.changes if change.kind in KINDS_ENDED]
    may_be_more = bool(page.cursor or page.unchecked)
    yield from ended[:MAX_EFFECTS]
    if len(ended) > MAX_EFFECTS:
        yield f"Daypass ends more of these changes: {len(ended) - MAX_EFFECTS}."
    if may_be_more:
        yield "Daypass also ends such changes that this page did not read."
    elif not ended:
        yield "There is nothing that this would end."
    if len(page.changes) > len(ended):
        others = len(page.changes) - len(ended)
        yield f"It leaves other changes as they are: {others}. Review them yourself."
    yield "Each change that it ends has an entry on the trail. The token of this sign-in stays."
