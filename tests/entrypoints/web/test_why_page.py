"""The page that explains an access decision, and says no more than a person may know."""

from msgspec.structs import replace

from chalicelib.domain.requests.requests import Approval
from tests.builders import (
    a_grant,
    a_grant_on_request,
    a_request,
    a_role,
    an_approval_policy,
)
from tests.fakes import NOON
from tests.usecases.unreadable import fail

ALICES = {"member": "alice", "engagement": "acme-prod", "role": "readonly"}


def test_the_answer_in_each_state(console):
    def ask_why(asker="lena", **names):
        console.open(asker, "/web/why", **names or ALICES)

    own = {name: text for name, text in ALICES.items() if name != "member"}
    console.open("lena", "/web/why")
    ask_why()
    ask_why("alice", **own)
    console.note("the grant has ended", a_grant(ends_at=NOON), a_role(verification=None))
    ask_why()
    ask_why("alice", **own)
    console.note("the role is on request", a_grant_on_request(), an_approval_policy(client=True))
    console.api.world.add(a_role())
    ask_why()
    request = a_request(stops=("", "", "", ""))
    console.note("a request waits", request)
    ask_why()
    ask_why("alice", **own)
    lenas = replace(request, approvals=(Approval(by="lena", at=NOON),))
    console.note("lena has approved it", lenas)
    ask_why()
    console.api.world.later(hours=1)
    console.note("it has expired")
    ask_why()
    asks = a_role(requires_reason=True, max_session=1800)
    console.note("the role requires a reason, and gives half an hour", a_grant(), asks)
    for more in ({"reason": "no"}, {"duration": "3600"}, {"caller": "agent"}):
        ask_why(**ALICES, **more)
    for name in ("member", "engagement"):
        ask_why(**ALICES | {name: "nobody"})
    console.note("the engagement has two roles", a_role("deploy"))
    ask_why(member="alice", engagement="acme-prod")
    console.note("the facts cannot be read")
    console.api.scene.ports.state.access_facts = fail  # type: ignore[method-assign]
    ask_why()
    console.hold("why/states")


def test_a_member_is_offered_only_what_their_grants_name(signed_in):
    browser = signed_in("bob")
    page = browser.get("/web/why")
    assert '<option value="globex">' in page.text
    assert "acme-prod" not in page.text + browser.get("/web/why", member="alice").text
