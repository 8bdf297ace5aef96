"""Texts typed after `/daypass`, and the expected parsed commands and errors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

from chalicelib.domain.slack.pending import MemberRef, ParsedCommand


def typed(command: str, **arguments: Any) -> ParsedCommand:
    return ParsedCommand(command=command, **arguments)


T = TypeVar("T")
ACME: dict[str, Any] = {"engagement": "acme-prod"}
ACCESS = typed("access", **ACME)
READONLY = typed("access", **ACME, role="readonly")
HALF_AN_HOUR = typed("access", **ACME, duration=1800)
LIST, LIVE, LINK, HELP = (typed(name) for name in ("list", "live", "link", "help"))
WHO = typed("who", **ACME)
BOB = MemberRef(id="bob")
ID = "alice.00d9o4r5k3f81c2q"


def each(expected: T, *texts: str) -> list[tuple[str, T]]:
    """Return a row for each of the texts, all with the same expected result."""
    return [(text, expected) for text in texts]


def because(reason: str) -> ParsedCommand:
    return typed("access", **ACME, reason=reason)


def approved(*until: int) -> ParsedCommand:
    moment = datetime(*until, tzinfo=UTC)  # type: ignore[misc]
    return typed("approve", request=ID, until=moment)


COMMANDS_TYPED = [
    *each(HELP, "", " \n\t ", "?", "help"),
    ("help access", typed("help", topic="access")),
    ("help revoke", typed("help", topic="revoke")),
    ("help revoke grant", typed("help", topic="revoke grant")),
    ("list", LIST),
    ("live", LIVE),
    ("link", LINK),
    ("who acme-prod", WHO),
    ("status acme-prod", typed("status", **ACME)),
    ("verify acme-prod", typed("verify", **ACME)),
    ("access acme-prod", ACCESS),
    ("access acme-prod readonly", READONLY),
    ("revoke member bob because it", typed("revoke member", member=BOB, reason="it")),
    ("revoke engagement acme-prod because it", typed("revoke engagement", **ACME, reason="it")),
    (
        "revoke grant <@U0BOB|bob> acme-prod",
        typed("revoke grant", member=MemberRef(slack_user="U0BOB"), **ACME),
    ),
    ("revoke role acme-prod deploy", typed("revoke role", **ACME, role="deploy")),
    ("grant bob acme-prod", typed("grant", member=BOB, **ACME)),
]

OTHER_SPELLINGS = [
    ("LIST", LIST),
    *each(WHO, "Who Acme-Prod", "/daypass who acme-prod", "/daypass /Daypass who acme-prod"),
    *each(WHO, "daypass who acme-prod", "who acme\u2011prod", "who acme\u2013prod"),
    *each(WHO, "who \u2014 acme-prod", "\u2014 who acme-prod", "w\u200bho ac\ufeffme-prod"),
    *each(WHO, "\u202ewho acme-prod\u202c", "who\u00a0acme-prod", "who\nacme-prod"),
    *each(WHO, "  who   acme-prod  ", "*who* _acme-prod_", "`who acme-prod`", "who `acme-prod`"),
    *each(WHO, "who “acme-prod”", "who 'acme-prod'", "who „acme-prod“", "who «acme-prod»."),
    *each(WHO, "who [acme-prod]", "who, acme-prod!"),
    *each(HALF_AN_HOUR, "ACCESS acme-prod FOR 30M", "access acme-prod for: 30m"),
    *each(HALF_AN_HOUR, "access acme-prod \u2014for 30m", "access for 30m acme-prod"),
    ("/daypass", HELP),
    ("access acme-prod [readonly]", READONLY),
]

PEOPLE = [
    *each(MemberRef(slack_user="U0BOB"), "<@U0BOB|bob>", "<@U0BOB>", "<@U0BOB|Bob Barnes>"),
    ("*<@U0BOB|bob>*,", MemberRef(slack_user="U0BOB")),
    ("<@W012A3CDE|bob>", MemberRef(slack_user="W012A3CDE")),
    *each(BOB, "bob", "@bob", "@Bob"),
]

DURATIONS = [
    *each(1800, "30m", "30min", "30 min", "30 minutes", "1800s"),
    *each(3600, "1h", "1 hour", "1hr", "60m"),
    *each(900, "15m", "900 seconds"),
]
INVALID_DURATIONS = [
    *each("a duration", "", "30", "m", "1h30", "1.5h", "half", "30m30m", "30 30 m", "2d", "٣٠m"),
    *each("a duration", "9999999m", "1h30m"),
    *each("15m to 1h", "899s", "14m", "0m", "3601s", "90m"),
]

ACCESS_LENGTHS = [
    *each(7200, "2h", "2 hours", "120m", "*2h*,"),
    *each(259_200, "3d", "3 days", "72h"),
    *each(900, "15m"),
    *each(1_209_600, "14d"),
]
INVALID_ACCESS_LENGTHS = [
    *each("a duration", "", "2", "2w", "1.5h", "half a day"),
    *each("15m to 14d", "14m", "15d", "0d", "999999d"),
]
TICKETS = [
    ("OPS-1", "OPS-1"),
    ("*ops/12_A*,", "ops/12_A"),
    ("<https://t.example/1|OPS-1>", "OPS-1"),
]
INVALID_TICKETS = each("Type a ticket after `ticket`", "", "…", "OPS#1", "x" * 41, "<@U0BOB|bob>")
IDS = each(ID, ID, "`Alice.00D9o4r5k3f81c2q`.")
INVALID_IDS = each(
    "Type `/daypass requests` to see the IDs",
    "alice",
    "alice.00d9",
    "alice.zzzzzzzzzzzzzzzz",
    "@bob",
)

# The time is Tuesday, 24 November 2026, 18:00 UTC.
DATES = [
    *each((2027, 1, 1), "2026-12-31", "2026\u201112\u201131", "2026-12-31.", "2026-12-31 UTC"),
    ("2026-11-24", (2026, 11, 25)),
    ("2028-02-29", (2028, 3, 1)),
    *each((2026, 12, 31, 18), "2026-12-31T18:00Z", "2026-12-31t18:00z", "2026-12-31 18:00Z"),
    *each((2026, 12, 31, 18), "2026-12-31 18:00 UTC", "2026-12-31T18:00 UTC"),
    ("2026-12-31T18:00:30Z", (2026, 12, 31, 18, 0, 30)),
    ("2026-12-31T18:00+01:00", (2026, 12, 31, 17)),
    ("2026-12-31T18:00-05:00", (2026, 12, 31, 23)),
    *each((2026, 11, 26), "tomorrow", "Tomorrow"),
    ("2999-12-30", (2999, 12, 31)),
]
STARTS = [
    ("2026-11-28", datetime(2026, 11, 28, tzinfo=UTC)),
    ("tomorrow", datetime(2026, 11, 25, tzinfo=UTC)),
    ("2026-11-28T20:00+01:00", datetime(2026, 11, 28, 19, tzinfo=UTC)),
]
INVALID_STARTS = [
    *each("Type a date after `from`", "", "friday", "2026-11-28T20:00", "9999-12-31T23:00-05:00"),
    *each("in the past. Type a later date after `from`", "2026-11-24", "2026-11-24T18:00Z"),
]
INVALID_DATES = [
    *each("Type a date", "", "friday", "31.12.2026", "12/31/2026", "20261231", "2026-W53-1"),
    *each("Type a date", "2026-12", "2026-02-29", "2026-13-01", "2026-12-31T18:00"),
    *each("Type a date", "2026-12-31 18:00", "2026-12-31T24:30Z", "2026-12-31T18:00+99:00"),
    *each("Type a date", "2026-12-31T", "2999-12-31", "9999-12-31", "٢٠٢٦-12-31"),
    *each("in the past", "2026-11-23", "2026-11-24T18:00Z", "2026-11-24T17:59:59Z"),
]

REASONS = [
    ("INC-4711", "INC-4711"),
    ("the import fails for 30m until noon", "the import fails for 30m until noon"),
    ("it’s “down” – again", "it’s “down” – again"),
    ("of *this*", "of *this*"),
    ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
    ("&amp;lt;", "&lt;"),
    ("<@U0BOB|bob> asks", "@bob asks"),
    ("<@U0BOB> asks", "@U0BOB asks"),
    ("see <https://example.com/1|the ticket>", "see the ticket"),
    ("see <https://example.com/1>.", "see https://example.com/1."),
    ("<#C0OPS|ops> says so", "#ops says so"),
    ("<!here> it burns", "@here it burns"),
    ("zero\u200bwidth\u00a0space", "zerowidth space"),
    ("two\nlines", "two lines"),
    ("because", "because"),
    ("🔥", "🔥"),
    ("ab " * 66 + "ab", "ab " * 66 + "ab"),
]
INVALID_REASONS = [
    *each("a letter, a digit or a symbol", "", "…", "\u200b"),
    ("x" * 201, "at most 200 characters"),
    *each("a token or an enrolment code", "of daypass_alice_" + "k" * 43),
    ("of daypass_enrol_alice_" + "k" * 43, "a token or an enrolment code"),
    ("of https://example.com/setup/" + "abcdefg234567" * 4, "part of a Daypass link"),
    ("\u3164 blank", "invisible characters"),
]

NO_ENGAGEMENT = "is not an engagement's ID"
ERRORS = [
    ("lst", "`/daypass list`"),
    ("acess acme-prod", "Did you mean `/daypass access ENGAGEMENT [ROLE] [for 30m] [because …]`?"),
    ("statsu acme-prod", "`/daypass status ENGAGEMENT`"),
    ("revok member bob because x", "`/daypass revoke member PERSON because …`?"),
    ("revoke membr bob because x", "Did you mean `/daypass revoke member PERSON because …`?"),
    (
        "revoke",
        (
            "There is no command `revoke`. Did you mean `/daypass revoke member PERSON because …`,"
            " `/daypass revoke engagement ENGAGEMENT because …`, `/daypass revoke grant PERSON"
            " ENGAGEMENT` or `/daypass revoke role ENGAGEMENT ROLE`?"
        ),
    ),
    ("xyzzy", "There is no command `xyzzy`. Type `/daypass help` to see all commands."),
    *each("There is no such command.", "<!channel>", "<@U0BOB|bob>"),
    *each("There is no such command.", "<https://example.com|list.example.com>"),
    *each("There is no such command.", "&lt;!channel&gt; list", "daypass_alice_" + "k" * 43),
    ("who", "`ENGAGEMENT` is missing. Type `/daypass who ENGAGEMENT`, for example"),
    *each("`ENGAGEMENT` is missing.", "access", "who -"),
    ("revoke role acme-prod", "`ROLE` is missing."),
    ("request acme-prod deploy for 2h", "`because …` is missing."),
    ("deny alice.00d9o4r5k3f81c2q", "`because …` is missing."),
    ("approve", "`ID` is missing. Type `/daypass approve ID [for 2h] [until DATE]`, for example"),
    ("withdraw alice.00d9o4r5k3f81c2q for 2h", "`withdraw` does not take `for`."),
    ("revoke member because x", "`PERSON` is missing."),
    ("revoke member bob", "`because …` is missing."),
    ("live now", "`live` does not take the word `now` there. Type `/daypass live`."),
    ("live <@U0BOB|bob>", "`live` does not take any further words."),
    ("access acme-prod readonly deploy", "does not take the word `deploy` there."),
    ("live for 30m", "`live` does not take `for`. Type `/daypass live`."),
    ("who acme-prod because I ask", "`who` does not take `because`."),
    ("access acme-prod until tomorrow", "`access` does not take `until`."),
    ("access acme-prod for 30m for 1h", "Type `for` only once. Type `/daypass access ENGAGEMENT"),
    ("who acme_prod", f"{NO_ENGAGEMENT}: 2 to 40 characters of a-z, 0-9 and single hyphens"),
    (
        "access acme-prod r",
        "`r` is not a role's name in Daypass: 2 to 32 characters of a-z, 0-9 and",
    ),
    ("revoke member r because x", "`r` is not a member's ID: 2 to 32 characters of a-z, 0-9 and"),
    *each(NO_ENGAGEMENT, "who acme--prod", "who " + "a" * 41, "who \u0430cme-prod"),
    *each(NO_ENGAGEMENT, "who \u212aacme", "who <@U0BOB|bob>", "who ../acme-prod"),
    ("who <#C0ACME|acme-prod>", NO_ENGAGEMENT),
    ("who a", "`a` is not an engagement's ID"),
    ("access acme-prod read_only", "is not a role's name in Daypass"),
    *each("is not a member's ID", "revoke member <@u0bob|bob> because x"),
    *each("is not a member's ID", "revoke member &lt;@U0BOB&gt; because x"),
    *each("is not a member's ID", "revoke member <@U0BOB!|bob> because x"),
    ("revoke member @@bob because x", "is not a member's ID"),
    ("revoke member everybody! now because x", "does not take the word `now` there"),
    ("x" * 3001, "The command is longer than 3000 characters. Type a shorter one."),
]
