"""`daypass engagements`, `daypass open` and `daypass leave`."""

from chalicelib.domain.onboarding.role_setup import PermissionSet
from daypass.commands.leads.engagements import PERMISSIONS
from tests.cli.samples import BEGIN, ENGAGEMENT, STORED, engagement_list

ACME = "/v1/engagements/acme-prod"
OPEN = "open acme-prod 987654321098 --client=Acme --until=2035-12-30 --yes"


def sent(broker, method, path):
    return [body for name, route, _, body in broker.requests if (name, route) == (method, path)]


def test_engagements_are_listed_opened_and_changed(terminal):
    terminal.run(f"""
        engagements
        engagements acme-prod --json
        engagements acme-prod --cut-off=brake --yes
        engagements --cut-off=none --yes
        {OPEN}
        open stark 987654321098 --until=2035-12-30 --role=audit --yes
        open stark-prod 987654321098 --until=2035-12-30
        {OPEN} --cut-off=brake
        {OPEN} --cut-off=deny-all
        engagements acme-prod --until=2035-12-31 --yes
        role acme-prod/readonly --needs-reason=no --yes
        role acme-prod/readonly --arn=New --yes
        role acme-prod/readonly --yes
        role acme-prod --longest=30m --yes
        link acme-prod --revoke=0123456789ab --yes
        members --kind=lead --yes
        renew acme-prod --until=2035-12-30 --reason=r --yes --json
    """)
    ended = {f"{ACME}/roles/readonly": {"ended_at": BEGIN}, f"{ACME}/roles": STORED}
    terminal.note("the role has ended", ended)
    terminal.run("""
        role acme-prod/readonly --longest=30m --yes
        role acme-prod/readonly --arn=arn:aws:iam::987654321098:role/New --longest=30m --yes
        role acme-prod/readonly --arn=partners/New --yes
    """)
    paused = {**ENGAGEMENT, **STORED, "cut_off": "none", "note": "The client paused it."}
    without = {ACME: paused, "/v1/engagements": engagement_list(paused)}
    terminal.note("its client has paused it, and allows no cut-offs", without)
    terminal.run("""
        engagements acme-prod
        engagements acme-prod --cut-off=brake
        engagements acme-prod --cut-off=brake --yes
    """)
    terminal.note("there is none", {"/v1/engagements": engagement_list()})
    terminal.run("""
        engagements
        leave bob --reason=r --yes
    """)
    terminal.hold("engagements")


def test_open_checks_the_permissions_before_it_asks(machine, broker):
    assert set(PERMISSIONS) == set(PermissionSet)
    sentence = machine.fails(2, *OPEN.split(), "--role", "audit=security-adit")
    assert sentence.startswith("Daypass: 'security-adit' is not a set of permissions. Type")
    assert broker.requests == []


def test_a_renewal_by_a_period_that_is_sent_again_has_the_same_end(terminal, broker):
    """The first answer may have been lost: then the engagement has the new end already."""
    bodies = []
    for ends_at in ("2026-12-31T00:00:00Z", "2036-04-01T00:00:00Z"):
        terminal.note("the engagement's end", {ACME: {**ENGAGEMENT, "ends_at": ends_at}})
        terminal.run("renew acme-prod --until=12w --reason=r --yes --json")
        bodies += sent(broker, "POST", f"{ACME}/renew")
    first, second = bodies
    assert first == second
