"""Entries about a freeze or a pause: the title, text and alerts of their notification."""

from __future__ import annotations

from chalicelib.domain.trail import CLIENT, SCHEDULE, Entry
from tests.domain.notifications.entries import ACMES, END, REFUSED, A, entry, row

NOTIFICATIONS = [
    row(
        entry(A.FREEZE_BEGIN),
        "Daypass is frozen",
        "lena froze Daypass. No one gets a new session, for any client. Two leads can lift the"
        " freeze: each types daypass thaw, or /daypass thaw in Slack.",
        "frozen",
    ),
    row(
        entry(A.FREEZE_LIST, {"alive": "3", "last_moment": END}, actor=SCHEDULE),
        "Daypass is frozen, and its sessions are counted",
        f"3 sessions from before the freeze may still be alive, the last until {END}. AWS cannot"
        " recall them. Daypass requested cut-offs of all of them: daypass cut-offs shows the"
        " progress.",
    ),
    row(
        entry(A.FREEZE_LIST, {"alive": "0"}, actor=SCHEDULE),
        "Daypass is frozen, and its sessions are counted",
        "No session from before the freeze is alive.",
    ),
    row(
        entry(A.FREEZE_LIFT_REQUEST),
        "A lead asks to lift the freeze",
        "lena asks to lift the freeze. It stays in force until another lead confirms this within 24"
        " hours, with daypass thaw, or /daypass thaw in Slack.",
        "frozen",
    ),
    row(
        entry(A.FREEZE_LIFT, {"requested_by": "luis"}),
        "The freeze is lifted",
        "lena lifted the freeze, which luis had asked for. Daypass gives sessions again. Nothing"
        " that was cut off comes back.",
        "frozen",
    ),
    row(
        entry(A.PAUSE_BEGIN, actor=CLIENT, **ACMES),
        "The client paused acme-prod",
        "The client paused the access. Daypass gives no more sessions for acme-prod until the"
        " client lifts the pause with its code. Without the code, two leads can lift it with"
        " daypass lift-pause, unless the client refuses within 24 hours.",
        "client-paused",
    ),
    row(
        entry(A.PAUSE_BEGIN, {"refused": "lena"}, actor=CLIENT, **ACMES),
        "The client of acme-prod keeps the pause",
        "The client paused the access again, and so refused the request of lena to lift the pause.",
        "client-paused",
    ),
    row(
        entry(A.PAUSE_LIFT_REQUEST, {"refuse_until": END}, **ACMES),
        "A lead asks to lift the client's pause of acme-prod",
        "lena asks to lift the pause without its code. Daypass has asked the client's approvers,"
        f" who can refuse until {END}. After that, another lead can confirm it within 72 hours,"
        " with daypass lift-pause.",
        "client-paused",
    ),
    row(
        entry(A.PAUSE_KEEP, {"refused": "lena"}, actor=CLIENT, **ACMES),
        "The client of acme-prod keeps the pause",
        "The client refused the request of lena to lift the pause. It stays in force.",
    ),
    row(
        entry(A.PAUSE_LIFT, {"requested_by": "luis"}, **ACMES),
        "Two leads lifted the client's pause of acme-prod",
        "lena lifted the pause without its code. luis had asked for that, and the client did not"
        " refuse. Daypass gives sessions for acme-prod again.",
        "client-paused",
    ),
    row(
        entry(A.PAUSE_LIFT, {"codes_left": "0", "sealed": "true"}, actor=CLIENT, **ACMES),
        "The client of acme-prod entered a code, and the pause goes on",
        "The client entered one of the codes of the pause. Codes that still hold the pause: 0. The"
        " button was pressed too often: only two leads can lift the pause.",
    ),
    row(
        entry(A.PAUSE_LIFT, actor=CLIENT, **ACMES),
        "The client of acme-prod lifted the pause",
        "The client lifted the pause. Daypass gives sessions for acme-prod again.",
    ),
    row(
        entry(A.PAUSE_LIFT, {"codes_left": "1"}, actor=CLIENT, **ACMES),
        "The client of acme-prod entered a code, and the pause goes on",
        "The client entered one of the codes of the pause. Codes that still hold the pause: 1.",
    ),
    row(
        entry(A.PAUSE_LIFT, {"link": "0a" * 6}, actor=CLIENT, outcome=REFUSED, **ACMES),
        "A wrong code was entered for acme-prod",
        f"Someone with the link {'0a' * 6} entered a code that does not lift the client's pause.",
    ),
]

ROUTINE: list[Entry] = []
