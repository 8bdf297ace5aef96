"""Commands that need more than a line of text, or more room than a message has. They answer with a
link to the page of the web console that does them."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from chalicelib.domain.people.members import Kind
from chalicelib.domain.slack.arguments import ENGAGEMENT, MEMBER, ROLE, Argument
from chalicelib.domain.slack.messages import Message, button, buttons, context, message, section
from chalicelib.domain.text import uncapitalise
from chalicelib.usecases.admission import EVERYONE, LEADS, READERS
from chalicelib.usecases.slack.commands.declared import Call, MemberCommand, ignore_press

_OPEN = "open-console"
"""The ID of the button."""


def _declare(
    name: str,
    *arguments: Argument,
    summary: str,
    example: str,
    kinds: frozenset[Kind] = LEADS,
    action: str = "",
) -> MemberCommand:
    """Return the command. Its button opens the form of the console's action of this name, with the
    typed names filled in. Without an action, it opens the engagement's page."""

    def answer(call: Call) -> Message:
        parsed = call.parsed
        typed = {"engagement": parsed.engagement, "role": parsed.role, "member": parsed.member.id}
        names = {each.field: typed[each.field] for each in arguments}
        page = f"actions/{action}?{urlencode(names)}".removesuffix("?")
        if not action:
            page = f"engagements/{quote(names['engagement'])}"
        return message(
            "Continue in the web console",
            section(f"This command {uncapitalise(summary)} You do this in the web console."),
            buttons(button("Open the page", _OPEN, url=f"{call.request.base_url}/web/{page}")),
            context("To sign in to the console, type daypass web in a terminal."),
        )

    return MemberCommand(
        name=name,
        arguments=arguments,
        summary=summary,
        example=example,
        kinds=kinds,
        answer=answer,
        buttons={_OPEN: ignore_press},
    )


IN_CONSOLE = (
    _declare(
        "status",
        ENGAGEMENT,
        summary="Shows an engagement, its roles and their checks.",
        example="status acme-prod",
        kinds=READERS,
    ),
    _declare(
        "verify",
        ENGAGEMENT,
        summary="Checks the roles of an engagement.",
        example="verify acme-prod",
    ),
    _declare(
        "emergency",
        ENGAGEMENT,
        ROLE,
        summary="Gives you emergency access to a role, if your grant allows it. Daypass notifies"
        " every lead.",
        example="emergency acme-prod deploy",
        kinds=EVERYONE,
        action="open-emergency",
    ),
    _declare(
        "grant",
        MEMBER,
        ENGAGEMENT,
        summary="Grants a member access to an engagement's roles, until a date that you choose.",
        example="grant @bob acme-prod",
        action="grant-access",
    ),
    _declare(
        "revoke grant",
        MEMBER,
        ENGAGEMENT,
        summary="Revokes a member's grant. The member cannot get new sessions in the engagement.",
        example="revoke grant bob globex",
        action="revoke-grant",
    ),
    _declare(
        "revoke role",
        ENGAGEMENT,
        ROLE,
        summary="Revokes a role in an engagement. No one can get new sessions with the role.",
        example="revoke role acme-prod deploy",
        action="revoke-role",
    ),
    _declare(
        "thaw",
        summary=(
            "Lifts the freeze. This takes two leads: one requests it, and another confirms it."
        ),
        example="thaw",
        action="thaw",
    ),
)
