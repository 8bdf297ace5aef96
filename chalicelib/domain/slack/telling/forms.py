"""A notice as Slack takes it, and as a mail."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.slack.messages import (
    LONGEST_TEXT,
    Message,
    context,
    mention,
    plain,
    section,
)
from chalicelib.domain.slack.telling.notified import Notice
from chalicelib.domain.things import Thing

LONGEST_SUBJECT = 99
"""Characters of a mail's subject. "Publish" (Amazon SNS API Reference): fewer than 100, ASCII."""
AGAIN = "(perhaps for the second time)"


class Mail(Thing, frozen=True, kw_only=True):
    subject: str
    text: str


def for_slack(notice: Notice, *, user: str, again: bool, leads: Sequence[str] = ()) -> Message:
    """`user` is whom it is about, if they are known in Slack: a mention lets them hear of it.

    `leads` are the Slack users of the leads, for a notice that every lead has to hear of.
    """
    lines = [f"*{_all(notice.title)}*", _all(notice.says)]
    if user:
        lines.append(f"{mention(user)}, this is about you.")
    if leads:
        lines.append(f"For every lead: {' '.join(mention(lead) for lead in leads)}")
    if again:
        lines.append(AGAIN)
    blocks = [section("\n".join(lines))]
    if notice.said:
        blocks.append(section(f"> {plain(notice.said)}"))
    blocks.append(context(_all(_where(notice))))
    return {
        # For notifications, and without anything that somebody typed.
        "text": f"{_all(notice.title)}. {_all(notice.says)}",
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def by_mail(notice: Notice, *, again: bool) -> Mail:
    """Without what somebody typed: a mail program makes links of what looks like one."""
    subject = "".join(c if " " <= c <= "~" else "?" for c in f"Daypass: {notice.title}")
    lines = [notice.says, "Why is on the trail." if notice.said else "", AGAIN if again else ""]
    text = "\n\n".join([*filter(None, lines), _where(notice)])
    return Mail(subject=subject[:LONGEST_SUBJECT], text=text + "\n")


def _where(notice: Notice) -> str:
    origin = f"by {notice.origin}" if notice.origin else ""
    entry = f"on the trail as {notice.entry}" if notice.entry else ""
    return ", ".join(filter(None, (rfc3339(notice.at), origin, entry)))


def _all(text: str) -> str:
    """Our own words, whose values are cut already; so that they mean nothing more to Slack."""
    return plain(text, LONGEST_TEXT)
