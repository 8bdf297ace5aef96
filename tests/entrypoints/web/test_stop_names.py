"""The names of a stop's target: an error keeps what was typed and says what to do next."""

from tests.builders import a_scene, a_token
from tests.entrypoints.driver import served
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.transcript import cannot_read

TYPED = (
    ("revoke-member", {"member": " Alice"}),
    ("revoke-member", {"member": "nobody"}),
    ("revoke-grant", {"member": "bob"}),
    ("revoke-grant", {"member": "Alice <b>", "engagement": "Acme-Prod"}),
    ("revoke-grant", {"member": "lena", "engagement": "acme-prod"}),
    ("revoke-engagement", {"engagement": "nothing"}),
    ("revoke-role", {"engagement": "acme-prod"}),
    ("revoke-role", {"engagement": "acme-prod", "role": "root"}),
    ("revoke-request", {"request": "bob.00d9o4r5k3f81c2q"}),
    ("revoke-client", {}),
    ("revoke-client", {"client": "Nobody"}),
    ("revoke-session", {"member": "nobody", "session": "0" * 16}),
    ("grant-access", {"engagement": "acme-prod", "member": "nobody"}),
    ("revoke-token", {}),
    ("revoke-token", {"member": "nobody"}),
    ("revoke-token", {"member": "Alice"}),
    ("revoke-token", {"member": "Alice", "token": "sample"}),
    ("revoke-token", {"member": "alice", "token": a_token("bob").id}),
    ("revoke-token", {"member": "nobody", "token": a_token("bob").id}),
)


def test_names_are_offered_and_an_error_is_beside_its_field(console):
    for action, query in TYPED:
        console.open("lena", f"/web/actions/{action}", **query)
    console.post("lena", "/web/actions/revoke-member", {"member": "Nobody", "reason": "stolen"})
    console.post("lena", "/web/actions/revoke-member", {"member": "a" * 150, "reason": "stolen"})
    console.post("lena", "/web/actions/revoke-grant", {"member": "bob", "reason": "stolen"})
    console.hold("stops/names")


def test_a_stop_does_not_depend_on_suggestions():
    with served(a_scene()) as api:
        api.scene.ports.state.list_ignoring_stops = cannot_read  # type: ignore[method-assign]
        page = enter(api, "lena").get("/web/actions/revoke-grant", member="alice")
    assert page.status == 200
    assert '<input type="text"' in page.text
