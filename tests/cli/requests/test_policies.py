"""`daypass approvals`, `approvers`, `client-approval` and `grant`, with roles on request."""

from tests.cli.samples import APPROVER, BEGIN, END, GRANT, POLICY, STORED

ACME = "/v1/engagements/acme-prod"
POLICY_PATH, GRANTED = f"{ACME}/approval-policy", f"{ACME}/grants/bob"
NOBODY = {
    **POLICY,
    "leads": False,
    "members": [],
    "people": 0,
    "client": False,
    "lines": ["Approved by no one."],
}


def test_a_policy_in_words(terminal):
    terminal.run("""
        approvals acme-prod
        approvals acme-prod/deploy
    """)
    names = {"readonly": None, "deploy": None, "audit": BEGIN}
    roles = [{"name": name, "ended_at": ended_at} for name, ended_at in names.items()]
    own = {**NOBODY, "role": "deploy", "leads": True, "people": 1}
    answers = {f"{ACME}/roles": {"roles": roles, "cursor": None}, POLICY_PATH: NOBODY}
    answers[f"{ACME}/roles/deploy/approval-policy"] = own
    terminal.note("deploy has a policy of its own, and audit has ended", answers)
    terminal.run("approvals acme-prod")
    terminal.hold("approvals")


def test_a_change_of_a_policy(terminal):
    terminal.run("""
        approvals acme-prod/deploy --people 2 --no-client
        approvals acme-prod --by none --yes
        approvals acme-prod --by 'bob carol' --yes
        approvals acme-prod --by bob, --yes
        approvals acme-prod --by a/b --yes
        approvals acme-prod --by Bob --yes
    """)
    terminal.note("nobody approves", {POLICY_PATH: NOBODY})
    terminal.run("""
        approvals acme-prod --by-leads --yes
        approvals acme-prod --by 'bob, carol' --people 2 --yes
        approvals acme-prod --client --yes
        approvals acme-prod --nobody --yes
        approvals acme-prod --sensitive --no-client --yes
        approvals acme-prod --answer-within 30m --longest 1d --yes
        approvals acme-prod --ticket OPS-# --ticket-url https://t.example/{ticket} --yes
        approvals acme-prod --first bob --others-after 10m --yes
        approvals acme-prod --tell-client --yes
    """)
    terminal.hold("approvals-changed")


def test_the_clients_approvers(terminal):
    contact = {**APPROVER, "id": "ann", "is_contact": True, "revoked_at": END}
    approvers = {"approvers": [APPROVER, contact], "cursor": None}
    terminal.note("there are an approver and a revoked contact", {f"{ACME}/approvers": approvers})
    terminal.run("""
        approvers acme-prod
        approvers acme-prod name jo --name 'Jo Doe' --email jo@acme.example
        approvers acme-prod name jo --name 'Jo Doe' --email jo@acme.example --yes
        approvers acme-prod name jo --name 'Jo Doe' --email jo@acme.example --contact
        approvers acme-prod name jo --name 'Jo Doe' --email jo@acme.example --contact --yes
        approvers acme-prod name --yes
        approvers acme-prod link --yes
        approvers acme-prod name jo --name Jo --yes
        approvers acme-prod revoke jo --yes
        approvers acme-prod link jo --yes
        approvers acme-prod revoke jo --because 'left Acme' --yes
        client-approval acme-prod --because 'as agreed'
        client-approval acme-prod --because 'as agreed' --yes
    """)
    none = {"approvers": [], "cursor": None}
    message = "The revocation has taken effect. No session is active."
    ended = {"message": message, "cut_offs": [], "cut_off_count": 0, "cut_offs_missing": False}
    answers = {f"{ACME}/approvers": none}
    answers[f"{ACME}/approvers/jo/revoke"] = {**APPROVER, "ended": ended}
    terminal.note("there is no approver, and no session", answers)
    terminal.run("""
        approvers acme-prod
        approvers acme-prod revoke jo --because 'left Acme' --yes
    """)
    terminal.hold("approvers")


def test_a_new_grant(terminal):
    terminal.note("bob has no grant")
    terminal.broker.refuse(GRANTED, "no-such-grant", "There is none.", 404)
    terminal.run("""
        grant bob acme-prod readonly --yes
        grant bob acme-prod readonly --on-request deploy --yes
        grant bob acme-prod --emergency deploy --yes
        grant bob acme-prod --yes
    """)
    over = {**GRANT, "roles": ["deploy"], "ends_at": GRANT["starts_at"]}
    terminal.note("bob has a grant that is over", {GRANTED: over})
    terminal.run("grant bob acme-prod readonly --yes")
    terminal.hold("grant")


def test_a_grant_keeps_what_is_not_named(terminal):
    terminal.run("""
        grant bob acme-prod readonly
        grant bob acme-prod --remove readonly --yes
    """)
    grant = {**GRANT, **STORED, "roles": ["readonly", "deploy", "admin"], "ends_at": END}
    grant |= {"on_request": ["deploy", "admin"], "emergency": ["admin"]}
    terminal.note("two of bob's three roles are on request", {GRANTED: grant})
    terminal.run("""
        grant bob acme-prod audit --yes
        grant bob acme-prod --until 2035-12-30 --yes
        grant bob acme-prod deploy --yes
        grant bob acme-prod --on-request readonly --on-request admin --yes
        grant bob acme-prod --remove admin --yes
    """)
    terminal.hold("grant-changed")
