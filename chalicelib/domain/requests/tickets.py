"""Define tickets: the pattern that an engagement's policy asks for, and the link to a ticket."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import quote

from msgspec import Meta

from chalicelib.domain.text import find_secret
from chalicelib.domain.values import build_constraints

DIGITS = "#"
"""Stands for one to ten digits in a pattern, as in `OPS-#`."""
PLACEHOLDER = "{ticket}"
_PATTERN = r"[A-Za-z0-9_/-]{0,20}#[A-Za-z0-9_/-]{0,20}"
_TICKET = r"[A-Za-z0-9][A-Za-z0-9_/-]{0,39}"
_IN_URL = r"[!#-&(-;=?-\[\]_a-z~]{0,100}"
"""Printable ASCII characters but quotes, backslashes, carets, bars, angle brackets and braces."""
_URL = rf"https://[a-z0-9.-]{{1,100}}(?::[0-9]{{1,5}})?/{_IN_URL}\{{ticket\}}{_IN_URL}"


def _parse_url(unverified: Any) -> str:
    """Return the URL unchanged. Raise ValueError unless it is an https URL with `{ticket}` once."""
    if (
        isinstance(unverified, str)
        and re.fullmatch(_URL, unverified, re.ASCII)
        and not find_secret(unverified)
    ):
        return unverified
    raise ValueError(
        "This must be an https URL with {ticket} in it, such as"
        " https://tickets.example.com/browse/{ticket}."
    )


TicketPattern = Annotated[
    str,
    build_constraints(
        "a pattern with one # for digits, such as OPS-#",
        pattern=f"^{_PATTERN}$(?!\\n)",
        min_length=1,
        max_length=41,
    ),
    Meta(description="The form of a ticket, with # for its digits, such as OPS-#."),
]
TicketUrl = Annotated[
    str,
    build_constraints(
        "an https URL with {ticket} in it",
        parser=_parse_url,
        pattern=f"^{_URL}$(?!\\n)",
        min_length=1,
        max_length=350,
    ),
    Meta(description="The URL of a ticket, with {ticket} in the ticket's place."),
]
TicketText = Annotated[
    str,
    build_constraints(
        "a ticket such as OPS-1234", pattern=f"^{_TICKET}$(?!\\n)", min_length=1, max_length=40
    ),
    Meta(description="The ticket that the request belongs to, such as OPS-1234."),
]


def matches_pattern(ticket: str, pattern: str) -> bool:
    """Return whether the ticket has the form of the pattern. Letters count as written."""
    before, _, after = pattern.partition(DIGITS)
    regex = re.escape(before) + "[0-9]{1,10}" + re.escape(after)
    return re.fullmatch(regex, ticket, re.ASCII) is not None


def build_ticket_url(url: str, ticket: str) -> str:
    """Return the ticket's URL. Return empty text if the policy has no URL, or the request no
    ticket."""
    return url.replace(PLACEHOLDER, quote(ticket, safe="")) if url and ticket else ""
