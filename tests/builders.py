"""Facts with sensible defaults, so that a test states only the one that it is about."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from msgspec import Struct

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Override, Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import PermissionSet, RoleSetup
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.enrolments import Enrolment, code_text
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.members import Kind, Leads, Member
from chalicelib.domain.people.tokens import PresentedToken, Token, presented, token_text
from chalicelib.domain.slack.bindings import binding_hash
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.domain.vending.access_links import LINK_LIFE, AccessLink
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import Check, Result, Results
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.people.enrol import Enrolled, enrol
from chalicelib.usecases.people.members import create_enrolment
from chalicelib.usecases.ports import Ports, RequestOrigin
from tests.fakes import NOON, FakeRole, World

BEFORE = NOON - timedelta(days=30)
AFTER = NOON + timedelta(days=30)
EXTERNAL_ID = "daypass-abcdefghijklmnopqrstuvwxyz234567"
SOMEBODY = "somebody.7f3k2m"  # a session's name, as a vend gives it
ROLE_ARN = "arn:aws:iam::987654321098:role/ContractorRole"


def a_member(id: str = "alice", **changes: Any) -> Member:
    facts = {"name": id.title(), "kind": Kind.MEMBER, "created_at": BEFORE, "tokens_from": BEFORE}
    return Member(id=id, **(facts | changes))


def token_text_of(member: str) -> str:
    """The text of the token that `a_token` keeps the hash of: the same for the same member."""
    return token_text(member, member.encode().ljust(32, b"."))


def presented_by(member: str = "alice") -> PresentedToken:
    found = presented(token_text_of(member))
    assert found is not None
    return found


def a_token(member: str = "alice", **changes: Any) -> Token:
    facts = {"label": "laptop", "created_at": BEFORE, "expires_at": AFTER}
    return Token(member=member, **(facts | {"hash": presented_by(member).hash} | changes))


def code_text_of(member: str) -> str:
    """The text of the code that `an_enrolment` keeps the hash of."""
    return code_text(member, member.encode().ljust(32, b"."))


def an_enrolment(member: str = "alice", **changes: Any) -> Enrolment:
    facts = {
        "hash": hashlib.sha256(code_text_of(member).encode()).hexdigest(),
        "made_by": "lena",
        "made_with": a_token("lena").id,
        "created_at": BEFORE,
        "expires_at": AFTER,
    }
    return Enrolment(member=member, **(facts | changes))


def an_engagement(id: str = "acme-prod", **changes: Any) -> Engagement:
    facts = {
        "client": "Acme",
        "account_id": "987654321098",
        "external_id": EXTERNAL_ID,
        "starts_at": BEFORE,
        "ends_at": AFTER,
        "created_at": BEFORE,
    }
    return Engagement(id=id, **(facts | changes))


def a_verification(**changes: Any) -> Verification:
    facts = {
        "checked_at": BEFORE,
        "full_check_at": BEFORE,
        "role_arn": ROLE_ARN,
        "external_id": EXTERNAL_ID,
        "results": results(),
    }
    return Verification(**(facts | changes))


def results(
    *failed: Check, without: tuple[Check, ...] = (Check.PREVIOUS_ID, Check.RETIRED_ID)
) -> Results:
    """Every check passed but these, and but those that were not made."""
    return {
        check: Result.FAILED if check in failed else Result.PASSED
        for check in Check
        if check not in without
    }


def a_probe(role_arn: str, external_id: str | None, **more: Any) -> Probe:
    named = {"session_name": SOMEBODY} | more
    return Probe(role_arn=role_arn, external_id=external_id, **named)


def an_override(**changes: Any) -> Override:
    facts = {"until": AFTER, "by": "lena", "why": "the client is on it", "role_arn": ROLE_ARN}
    return Override(**(facts | changes))


def a_role(name: str = "readonly", **changes: Any) -> Role:
    facts = {
        "engagement": "acme-prod",
        "arn": ROLE_ARN,
        "max_session": 3600,
        "requires_reason": False,
        "allows_chaining": False,
        "created_at": BEFORE,
        "verification": a_verification(),
    }
    return Role(name=name, **(facts | changes))


def an_asked_for(role: str = "readonly", **changes: Any) -> RoleSetup:
    """What the client is asked to create: the article's role, unless said otherwise."""
    facts = {"engagement": "acme-prod", "permissions": PermissionSet.READ_BASICS}
    return RoleSetup(role=role, **(facts | changes))


def a_grant(member: str = "alice", **changes: Any) -> Grant:
    facts = {
        "engagement": "acme-prod",
        "roles": frozenset({"readonly"}),
        "starts_at": BEFORE,
        "ends_at": AFTER,
        "granted_by": "lena",
        "created_at": BEFORE,
    }
    return Grant(member=member, **(facts | changes))


def some_facts(**changes: Any) -> AccessFacts:
    """alice has a token and a grant for acme-prod's verified role `readonly`."""
    facts = {
        "token": a_token(),
        "member": a_member(),
        "engagement": an_engagement(),
        "role": a_role(),
        "grant": a_grant(),
    }
    return AccessFacts(**(facts | changes))


LINK_TEXT = "a2345672" * 6 + "acme"


def a_link(text: str = LINK_TEXT, **changes: Any) -> SetupLink:
    facts = {
        "engagement": "acme-prod",
        "created_by": "lena",
        "created_at": BEFORE,
        "expires_at": AFTER,
    }
    return SetupLink(hash=hashlib.sha256(text.encode()).hexdigest(), **(facts | changes))


def a_binding(member: str = "alice", **changes: Any) -> Token:
    """The member's Slack user, kept as a token without a text."""
    facts = {
        "hash": hashlib.sha256(f"{member} in Slack".encode()).hexdigest(),
        "label": "Slack",
        "issuer": "slack:T0FIRM",
        "subject": f"U0{member.upper()}",
    }
    return a_token(member, **(facts | changes))


def bound(member: str = "alice") -> tuple[Token, Identity]:
    """All that is on record of the member's Slack user, `UALICE` of the workspace that is ours."""
    user = f"U{member.upper()}"
    token = a_binding(member, issuer="slack:T0EXAMPLE", subject=user, label=f"Slack user {user}")
    known_by = binding_hash("T0EXAMPLE", user)
    return token, Identity(hash=known_by, member=member, token=token.hash)


ACCESS_TEXT = "b2345672" * 6 + "once"
ASKED_IN = "slack:T0FIRM/C0ACME/U0ALICE"


def an_access_link(text: str = ACCESS_TEXT, **changes: Any) -> AccessLink:
    """What alice asked for in Slack just now: `readonly` at acme-prod."""
    facts = {
        "member": "alice",
        "token": a_binding().hash,
        "engagement": "acme-prod",
        "role": "readonly",
        "duration": None,
        "reason": "",
        "asked_in": ASKED_IN,
        "created_at": NOON,
        "expires_at": NOON + LINK_LIFE,
    }
    return AccessLink(hash=hashlib.sha256(text.encode()).hexdigest(), **(facts | changes))


def presented_in_slack(member: str = "alice", link: AccessLink | None = None) -> PresentedToken:
    """By the binding; and by the link, once that is opened."""
    return PresentedToken(member, a_binding(member).hash, link=link.hash if link else "")


def facts_by_link(**changes: Any) -> AccessFacts:
    """alice's link is being used, for what `some_facts` let her have."""
    facts = {"token": a_binding(), "link": an_access_link(used_at=NOON)}
    return some_facts(**(facts | changes))


class Scene(Struct, frozen=True):
    """A world in which alice may vend `readonly` at acme-prod, lena leads and ada audits."""

    world: World
    ports: Ports

    def origin(self, member: str = "alice") -> RequestOrigin:
        return RequestOrigin(presented_by(member), "203.0.113.7")

    def caller(self, member: str = "lena") -> Caller:
        """The member as the door has just recognised them."""
        token, found = self.ports.state.token_and_member(presented_by(member))
        assert token is not None
        assert found is not None
        return Caller(found, token, "203.0.113.7")

    def in_slack(self, member: str = "alice") -> RequestOrigin:
        """As the Slack door asks for the member whose Slack user it is."""
        return RequestOrigin(presented_in_slack(member), ASKED_IN)

    def enrolled(self, member: str = "alice") -> Enrolled:
        """What the member gets for another code of lena's."""
        made = create_enrolment(self.ports, self.caller(), member)
        return enrol(self.ports, made.code, label="desktop", address="198.51.100.9")

    def story(self) -> list[str]:
        """The trail in short: what was tried, what came of it, and why."""
        return [f"{e.action} {e.outcome} {e.reason}".strip() for e in self.world.entries]


def a_scene() -> Scene:
    """alice: on acme-prod. bob: on globex only. lena: lead. ada: auditor. sam: suspended.

    alice has a code for another token. acme-prod's role was asked for; globex's was there already.
    """
    world = World()
    people = {
        "alice": a_member("alice"),
        "bob": a_member("bob"),
        "lena": a_member("lena", kind=Kind.LEAD),
        "ada": a_member("ada", kind=Kind.AUDITOR),
        "sam": a_member("sam", suspended_at=NOON - timedelta(days=1)),
    }
    globex_id = EXTERNAL_ID.replace("abc", "xyz")
    globex_arn = "arn:aws:iam::876543210987:role/ConsultantRole"
    world.add(
        *people.values(),
        *(a_token(member) for member in people),
        an_enrolment("alice"),
        Leads(members=frozenset({"lena"})),
        an_engagement(),
        a_link(),
        a_role(),
        an_asked_for(),
        a_grant("alice"),
        a_grant("sam"),
        an_engagement("globex", client="Globex", account_id="876543210987", external_id=globex_id),
        a_role(
            engagement="globex",
            arn=globex_arn,
            verification=a_verification(role_arn=globex_arn, external_id=globex_id),
        ),
        a_grant("bob", engagement="globex"),
    )
    world.roles[ROLE_ARN] = FakeRole(EXTERNAL_ID)
    world.roles[globex_arn] = FakeRole(globex_id)
    return Scene(world, world.ports())
