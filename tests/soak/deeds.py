"""What leads do to people who vend: each deed takes something away, and gives it back.

`down` is what promise 2 is about: from its answer on, nothing under its scope is handed over
until `up` begins. All else about a vend may go on meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.engagements import ChangeEngagement
from chalicelib.domain.engagements.grants import ChangeGrant, CreateGrant
from chalicelib.domain.engagements.roles import CreateRole
from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.onboarding.setup.trust import closed_trust_policy
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.withholding import VendBasis
from chalicelib.usecases.engagements import engagements, grants, roles
from chalicelib.usecases.people import members, tokens
from chalicelib.usecases.verification.verify import verify
from local import sample_accounts
from local.sample_accounts import ClientRole, Trust
from tests.soak.here import Here

WHY = "a race"
PASSES = (Reason.CHANGED_MEANWHILE, Reason.NO_SUCH_ROLE)  # the role has ended, and comes back
SOON, LATER = timedelta(minutes=1), timedelta(days=1)
"""Soon: no session is so short."""
ROLES = ("readonly", "deploy", "audit")


class NotDone(Exception):
    """The deed had no effect this time, for a good reason."""


class TimeIsUp(Exception):
    """The race is over, and somebody else left things as they are."""


@dataclass(frozen=True, slots=True)
class Deed:
    scope: Callable[[Here, str], dict[str, str]]
    """Which vends it is about, told by what they have in common. The text is the member's."""
    under: Callable[[Here, str], VendBasis]
    down: Callable[[Here, Caller, str], Any]
    up: Callable[[Here, Caller, str], Any]


def patiently(here: Here, act: Callable[[], Any]) -> Any:
    """What is no revocation may be answered 409 or 503 where others write the same: tried again."""
    while True:
        try:
            return act()
        except (Conflict, NotFound, Unavailable) as error:
            if not isinstance(error, Unavailable) and error.reason not in PASSES:
                raise
            if not here.goes_on():
                raise TimeIsUp from None
            here.tell("put off", reason=error.reason)
            time.sleep(0.05)


def token_id(here: Here, member: str) -> str:
    return here.presented_by(member).hash[:12]


def of_token(here: Here, member: str) -> dict[str, str]:
    return {"member": member, "token": token_id(here, member)}


def of_member(here: Here, member: str) -> dict[str, str]:
    return {"member": member}


def of_engagement(here: Here, _: str) -> dict[str, str]:
    return {"engagement": here.engagement}


def of_grant(here: Here, member: str) -> dict[str, str]:
    return {"engagement": here.engagement, "member": member}


def of_role(role: str) -> Callable[[Here, str], dict[str, str]]:
    return lambda here, _: {"engagement": here.engagement, "role": role}


def the_token(here: Here, member: str) -> VendBasis:
    return tokens.find_token(here.ports, member, token_id(here, member))


def the_member(here: Here, member: str) -> VendBasis:
    return members.find_member(here.ports, member)


def the_engagement(here: Here, _: str) -> VendBasis:
    return engagements.find_engagement(here.ports, here.engagement)


def the_grant(here: Here, member: str) -> VendBasis:
    return grants.find_grant(here.ports, here.engagement, member)


def the_role(role: str) -> Callable[[Here, str], VendBasis]:
    return lambda here, _: roles.find_role(here.ports, here.engagement, role)


def suspended(here: Here, lead: Caller, member: str) -> Any:
    return members.revoke_member(here.ports, lead, member, why=WHY)


def let_back_in(here: Here, lead: Caller, member: str) -> None:
    patiently(here, lambda: members.reinstate_member(here.ports, lead, member))
    here.gives_token(member)


def rotated(here: Here, _: Caller, member: str) -> None:
    """By the member, whose other processes still have the old one for a moment."""
    new = patiently(here, lambda: tokens.rotate_token(here.ports, here.caller(member)))
    here.has_token(f"{member}.next", new.text)


def the_next_one_is_known(here: Here, _: Caller, member: str) -> None:
    here.has_token(member, (here.folder / f"{member}.next").read_text())


def granted_again(here: Here, lead: Caller, member: str) -> None:
    ends_at = here.ports.now() + LATER  # not with the engagement, which may be a short one now
    create_grant = CreateGrant(member=member, roles=frozenset(ROLES), ends_at=ends_at)
    patiently(here, lambda: grants.create_grant(here.ports, lead, here.engagement, create_grant))


def grant_changed(**changes: Any) -> Callable[[Here, Caller, str], Any]:
    def change(here: Here, lead: Caller, member: str) -> None:
        by_name = {k: here.ports.now() + v if k == "ends_at" else v for k, v in changes.items()}
        change_grant = ChangeGrant(**by_name)
        at = here.engagement
        patiently(here, lambda: grants.change_grant(here.ports, lead, at, member, change_grant))

    return change


def engagement_ends(after: timedelta) -> Callable[[Here, Caller, str], Any]:
    def change(here: Here, lead: Caller, _: str) -> None:
        change_engagement = ChangeEngagement(ends_at=here.ports.now() + after)
        at = here.engagement
        patiently(
            here, lambda: engagements.change_engagement(here.ports, lead, at, change_engagement)
        )

    return change


def reopened(here: Here, lead: Caller, _: str) -> None:
    at = here.engagement
    patiently(here, lambda: engagements.reopen_engagement(here.ports, lead, at, why=WHY))


def made_again(here: Here, lead: Caller, _: str) -> None:
    """Unproven, as a new role is: so it is verified."""
    ports, at = here.ports, here.engagement
    create_role = CreateRole(name="deploy", arn=arn_of(at, "deploy"))
    patiently(here, lambda: roles.create_role(ports, lead, at, create_role))
    patiently(here, lambda: verify(ports, lead, at, "deploy"))


def arn_of(engagement: str, role: str) -> str:
    return sample_accounts.ACME.role_arn(ClientRole(f"{engagement}-{role}"))


def trusts(here: Here, role: str, *external_ids: str) -> None:
    """The client writes the role's trust policy: with these, or with the door shut."""
    advised = sample_accounts.trust_policy(Trust.AS_ADVISED, external_id=list(external_ids))  # type: ignore[arg-type]
    policy = advised if external_ids else closed_trust_policy()
    client_role = ClientRole(f"{here.engagement}-{role}")
    sample_accounts.rewrite_trust(here.endpoint, sample_accounts.ACME, client_role, policy=policy)


def found_shut(here: Here, lead: Caller, _: str) -> None:
    trusts(here, "audit")
    at = here.engagement
    proof = patiently(here, lambda: verify(here.ports, lead, at, "audit")).verification
    if proof is None or proof.passed:
        raise NotDone


def found_open(here: Here, lead: Caller, _: str) -> None:
    engagement = engagements.find_engagement(here.ports, here.engagement)
    trusts(here, "audit", *engagement.external_ids)
    patiently(here, lambda: verify(here.ports, lead, here.engagement, "audit"))


DEEDS: dict[str, Deed] = {
    "token revoked": Deed(
        of_token,
        the_token,
        lambda here, lead, member: tokens.revoke_token(
            here.ports, lead, member, token_id(here, member), why=WHY
        ),
        lambda here, _, member: here.gives_token(member),
    ),
    "token rotated": Deed(of_token, the_token, rotated, the_next_one_is_known),
    "member suspended": Deed(of_member, the_member, suspended, let_back_in),
    "grant revoked": Deed(
        of_grant,
        the_grant,
        lambda here, lead, member: grants.revoke_grant(
            here.ports, lead, here.engagement, member, why=WHY
        ),
        granted_again,
    ),
    "grant without a role": Deed(
        lambda here, member: of_grant(here, member) | {"role": "deploy"},
        the_grant,
        grant_changed(roles=frozenset({"readonly", "audit"})),
        grant_changed(roles=frozenset(ROLES)),
    ),
    "grant shortened": Deed(
        of_grant, the_grant, grant_changed(ends_at=SOON), grant_changed(ends_at=LATER)
    ),
    "role ended": Deed(
        of_role("deploy"),
        the_role("deploy"),
        lambda here, lead, _: roles.end_role(here.ports, lead, here.engagement, "deploy", why=WHY),
        made_again,
    ),
    "role found shut": Deed(of_role("audit"), the_role("audit"), found_shut, found_open),
    "engagement revoked": Deed(
        of_engagement,
        the_engagement,
        lambda here, lead, _: engagements.revoke_engagement(
            here.ports, lead, here.engagement, why=WHY
        ),
        reopened,
    ),
    "engagement closed": Deed(
        of_engagement,
        the_engagement,
        lambda here, lead, _: engagements.close_engagement(
            here.ports, lead, here.engagement, why=WHY
        ),
        reopened,
    ),
    "engagement shortened": Deed(
        of_engagement, the_engagement, engagement_ends(SOON), engagement_ends(LATER)
    ),
}
