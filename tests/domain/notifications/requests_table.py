"""Entries about requests, emergencies and approvers: the title, text and alerts of their
notification, or none."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.trail import CLIENT, SCHEDULE
from tests.domain.notifications.entries import ACMES, ALICES, END, REFUSED, A, entry, row

DEPLOY: dict[str, Any] = {**ACMES, "role": "deploy"}
LIMITED: dict[str, Any] = {**ACMES, "outcome": REFUSED}
ID = "alice.00d9o4r5k3f81c2q"
ASKED = {
    "request": ID,
    "span": "for 2 hours from its first use",
    "waiting_for": "a lead and the client",
    "expires_at": "2026-11-24T13:00:00Z",
    "said": "the release is stuck",
}
UNTIL = {"request": ID, "span": "until 24 November 2026, 12:30 UTC"}
JO = {"actor": CLIENT, "token": "0c" * 6}
RULES = "lena changed who approves requests for deploy of acme-prod, and within which limits"


def changed(**details: str) -> Any:
    """Return an entry of a lead's change of deploy's approval policy."""
    return entry(A.APPROVAL_POLICY_CHANGE, details, **DEPLOY)


def policy_row(text: str, *alerts: str, **details: str) -> Any:
    title = "Requests for deploy of acme-prod have other rules"
    return row(changed(**details), title, f"{RULES}: {text}.", *alerts)


NOTIFICATIONS = [
    row(
        entry(A.REQUEST_CREATE, ASKED, **DEPLOY, actor="alice"),
        "alice asks for deploy of acme-prod",
        "alice asks for deploy of acme-prod, for 2 hours from its first use. The request waits for"
        f" a lead and the client until 24 November 2026, 13:00 UTC. Its ID is {ID}.",
    ),
    row(
        entry(
            A.REQUEST_CREATE,
            {
                **ASKED,
                "span": "from 28 November 2026, 22:00 UTC until 29 November 2026, 02:00 UTC",
                "ticket": "OPS-1234",
                "caller": "agent",
                "expires_at": "tonight",
            },
            **DEPLOY,
            actor="alice",
        ),
        "alice asks for deploy of acme-prod",
        "alice asks for deploy of acme-prod, from 28 November 2026, 22:00 UTC until 29 November"
        " 2026, 02:00 UTC. The request waits for a lead and the client until tonight. The ticket is"
        f" OPS-1234. A program that works for alice by itself sent it. Its ID is {ID}.",
    ),
    row(
        entry(A.REQUEST_CREATE, {**ASKED, "expires_at": ""}, **DEPLOY, actor="alice"),
        "alice asks for deploy of acme-prod",
        "alice asks for deploy of acme-prod, for 2 hours from its first use. The request waits for"
        f" a lead and the client until it expires. Its ID is {ID}.",
    ),
    row(
        entry(
            A.REQUEST_APPROVE, {**ASKED, "waiting_for": "the client"}, **DEPLOY, **ALICES
        ),
        "One approval more for alice: deploy of acme-prod",
        f"lena approved alice's request {ID} for deploy of acme-prod. It still waits for the client"
        " until 24 November 2026, 13:00 UTC.",
    ),
    row(
        entry(A.REQUEST_APPROVE, {**ASKED, "waiting_for": ""}, **DEPLOY, **ALICES),
        "The request of alice for deploy of acme-prod is approved",
        f"lena approved the request {ID}. alice has access to deploy of acme-prod for 2 hours from"
        " its first use.",
    ),
    row(
        entry(A.REQUEST_APPROVE, {**UNTIL, "approver": "jo"}, **DEPLOY, **ALICES, **JO),
        "The request of alice for deploy of acme-prod is approved",
        f"The client's approver jo approved the request {ID}. alice has access to deploy of"
        " acme-prod until 24 November 2026, 12:30 UTC.",
    ),
    row(
        entry(A.REQUEST_APPROVE, UNTIL, **DEPLOY, **ALICES, **JO),
        "The request of alice for deploy of acme-prod is approved",
        f"The client approved the request {ID}. alice has access to deploy of acme-prod until 24"
        " November 2026, 12:30 UTC.",
    ),
    row(
        entry(A.REQUEST_DENY, {**UNTIL, "approver": "jo"}, **DEPLOY, **ALICES),
        "The request of alice for deploy of acme-prod is denied",
        f"lena denied the request {ID}, so it opens nothing. alice can send another.",
    ),
    row(
        entry(A.REQUEST_DENY, {**UNTIL, "approver": "jo"}, **DEPLOY, **ALICES, **JO),
        "The request of alice for deploy of acme-prod is denied",
        f"The client's approver jo denied the request {ID}, so it opens nothing. alice can send"
        " another.",
    ),
    row(
        entry(A.REQUEST_REVOKE, UNTIL, **DEPLOY, **ALICES),
        "alice no longer has access to deploy of acme-prod",
        f"lena ended the access that the request {ID} had opened for alice. Sessions from before"
        " may be alive until they expire or are cut off.",
    ),
    row(
        entry(A.EMERGENCY_BEGIN, UNTIL, **DEPLOY, actor="alice"),
        "alice opened deploy of acme-prod in an emergency",
        "alice opened deploy of acme-prod without an approval, until 24 November 2026, 12:30 UTC."
        " Ask alice why. Then a lead other than alice has to write the review of"
        f" {ID}: until then, alice can open no other.",
        "emergency",
    ),
    row(
        entry(A.EMERGENCY_REVIEW, {"request": ID, "said": "a real outage"}, **DEPLOY, **ALICES),
        "A lead reviewed the emergency of alice in acme-prod",
        f"lena wrote the review of the emergency {ID}. alice can open another.",
    ),
    row(
        entry(A.APPROVAL_POLICY_CHANGE, {"longest": "900", "former_longest": "28800"}, **ACMES),
        "Requests for acme-prod have other rules",
        "lena changed who approves requests for acme-prod, and within which limits: longest access:"
        " 15 minutes (before: 8 hours).",
    ),
    row(
        entry(A.APPROVAL_POLICY_CHANGE, **ACMES),
        "Requests for acme-prod have other rules",
        "lena changed who approves requests for acme-prod, and within which limits: see the trail.",
    ),
    policy_row(
        "people who must approve: 1; the client must approve: no; every lead may approve: yes",
        "approvals-relaxed",
        people="1", client="false", leads="true",
    ),
    policy_row("people who must approve: 1 (before: 2)", "approvals-relaxed",
               people="1", former_people="2"),
    policy_row("people who must approve: 2 (before: 1)", people="2", former_people="1"),
    policy_row("the client must approve: no (before: yes)", "approvals-relaxed",
               client="false", former_client="true"),
    policy_row("the client must approve: yes (before: no)", client="true", former_client="false"),
    policy_row("every lead may approve: no (before: yes)", leads="false", former_leads="true"),
    policy_row("members who may approve: bob, eve (before: bob)", "approvals-relaxed",
               members="bob eve", former_members="bob"),
    policy_row("members who may approve: none (before: bob)", former_members="bob"),
    policy_row("Slack's buttons are refused: no (before: yes)", "approvals-relaxed",
               sensitive="false", former_sensitive="true"),
    policy_row("longest access: 1 day (before: 8 hours)", "approvals-relaxed",
               longest="86400", former_longest="28800"),
    policy_row("the form of a ticket: none (before: OPS-#)", "approvals-relaxed",
               former_ticket_pattern="OPS-#"),
    policy_row("the form of a ticket: OPS-# (before: DEV-#)",
               ticket_pattern="OPS-#", former_ticket_pattern="DEV-#"),
    policy_row("the client hears of emergencies: no (before: yes)", "approvals-relaxed",
               notify_client_of_emergencies="false", former_notify_client_of_emergencies="true"),
    policy_row("the client hears of emergencies: yes", notify_client_of_emergencies="true"),
    policy_row("time that a request waits: soon (before: 1 hour)",
               answer_within="soon", former_answer_within="3600"),
    row(
        entry(A.APPROVER_CREATE, {"approver": "jo", "email": "jo@acme.example"}, **ACMES),
        "The client of acme-prod has another approver",
        "lena named jo as an approver at the client of acme-prod. Daypass mails the link to the"
        " address that lena chose. Check that it belongs to the client.",
        "approvals-relaxed",
    ),
    row(
        entry(A.APPROVER_CREATE, {"approver": "sam", "is_contact": "true"}, **ACMES),
        "The client of acme-prod has another contact",
        "lena named sam as a contact at the client of acme-prod, who hears of requests and decides"
        " nothing.",
    ),
    row(
        entry(A.APPROVER_CREATE, {"approver": "jo"}, reason="too-many-named", **LIMITED),
        "lena would send many e-mails to the client of acme-prod",
        "lena tried to name jo as well, at the client of acme-prod, after the most that Daypass"
        " allows in an hour. Ask lena why.",
        "client-mails-limited",
    ),
    row(
        entry(A.APPROVER_LINK_CREATE, {"approver": "jo"}, reason="too-many-links", **LIMITED),
        "lena would send many e-mails to the client of acme-prod",
        "lena tried to have another link mailed to jo, at the client of acme-prod, after the most"
        " that Daypass allows in an hour. Ask lena why.",
        "client-mails-limited",
    ),
    row(
        entry(A.NOTICE, {"approver": "jo"}, **LIMITED, actor=SCHEDULE),
        "Someone at the client of acme-prod gets too many e-mails",
        "Daypass sent jo, at the client of acme-prod, so many e-mails within an hour that it now"
        " sends one each ten minutes, with all events in it. Look at the trail of acme-prod: a"
        " lead may want to bury a request among them.",
        "client-mails-limited",
    ),
    row(
        entry(A.APPROVER_REVOKE, {"approver": "jo", "said": "left Acme"}, **ACMES),
        "An approver or contact at the client of acme-prod was removed",
        "lena ended the right of jo at the client of acme-prod. The links of jo no longer work.",
    ),
    row(
        entry(A.APPROVER_REVOKE, {"approver": "jo", "by_approver": "pat"}, **ACMES),
        "An approver or contact at the client of acme-prod was removed",
        "The client's approver pat ended the right of jo at the client of acme-prod. The links of"
        " jo no longer work.",
    ),
    row(
        entry(A.APPROVER_CONFIRM, {"approver": "jo", "by_approver": "pat"}, **ACMES),
        "An approver at the client of acme-prod was confirmed",
        "The client's approver pat confirmed jo, who approves from now on, or 24 hours after they"
        " were named.",
    ),
    row(
        entry(A.CLIENT_APPROVAL_REQUIRE, **ACMES),
        "No one enters acme-prod without the client's approval",
        "lena requires the client's approval for all access to acme-prod, also for leads and in"
        " emergencies. Sessions from before may be alive until they expire. Only the client can"
        " lift this, on the approver's page.",
    ),
    row(
        entry(A.CLIENT_APPROVAL_LIFT, {"approver": "jo"}, **ACMES, **JO),
        "Access to acme-prod no longer needs the client's approval",
        "The client lifted the rule that all access to acme-prod needs the client's approval."
        " Grants and approval policies decide again.",
    ),
]  # fmt: skip

ROUTINE = [
    entry(A.REQUEST_WITHDRAW, {"request": ID}, **DEPLOY, actor="alice"),
    entry(A.REQUEST_START, {"request": ID}, **DEPLOY, actor="alice"),
    entry(A.REQUEST_REVOKE, {"request": ID}, **DEPLOY, actor="alice"),
    entry(A.REQUEST_CREATE, ASKED, **DEPLOY, actor="alice", outcome=REFUSED),
    entry(A.EMERGENCY_BEGIN, UNTIL, **DEPLOY, actor="alice", outcome=REFUSED),
    entry(A.APPROVER_LINK_CREATE, {"approver": "jo", "expires_at": END}, **ACMES),
]
