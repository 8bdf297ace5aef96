"""Restrictions that leads impose on vending members, and lift again.

`impose` is what promise 2 is about: from its response on, no vend in the restriction's scope hands
over a session until `lift` begins. Other vends may go on meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.engagements import ChangeEngagement, ChangeGrant, CreateGrant
from chalicelib.domain.engagements.roles import CreateRole
from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.onboarding.setup.resources import build_trust_policy_denying_all
from chalicelib.domain.one_time_secrets import TYPED
from chalicelib.domain.people.members import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.withholding import VendBasis
from chalicelib.usecases.engagements import engagements, grants, roles
from chalicelib.usecases.onboarding.client_pause import pause_by_client, resume_by_client
from chalicelib.usecases.onboarding.links import create_link
from chalicelib.usecases.people import members, tokens
from chalicelib.usecases.verification.verify import verify_role
from local import sample_accounts
from local.sample_accounts import ClientRole, Trust
from tests.soak.context import ActorContext

WHY = "a race"
RETRYABLE = (Reason.CHANGED_MEANWHILE, Reason.NO_SUCH_ROLE)  # an ended role is created again
SOON, LATER = timedelta(minutes=1), timedelta(days=1)
"""Soon: every session is longer."""
ROLES = ("readonly", "deploy", "audit")


class NotImposed(Exception):
    """The restriction had no effect this time, for a good reason."""


class TimeIsUp(Exception):
    """The race is over before this change succeeded."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """A restriction of what `about` names: a token, a member, a grant, a role or an engagement."""

    about: str
    impose: Callable[[ActorContext, Caller, str], Any]
    lift: Callable[[ActorContext, Caller, str], Any]
    role: str = ""
    """The one role that is restricted."""

    def scope(self, context: ActorContext, member: str) -> dict[str, str]:
        """Return the fields that the restricted vends have in common."""
        scope = {"member": member} if self.about in ("token", "member", "grant") else {}
        if self.about == "token":
            scope["token"] = token_id(context, member)
        elif self.about != "member":
            scope["engagement"] = context.engagement
        return scope | ({"role": self.role} if self.role else {})

    def basis(self, context: ActorContext, member: str) -> VendBasis:
        """Return the item on which the restricted vends are decided."""
        ports, at = context.ports, context.engagement
        match self.about:
            case "token":
                return tokens.find_token(ports, member, token_id(context, member))
            case "member":
                return members.find_member(ports, member)
            case "grant":
                return grants.find_grant(ports, at, member)
            case "role":
                return roles.find_role(ports, at, self.role)
        return engagements.find_engagement(ports, at)


def retry(context: ActorContext, change: Callable[[], Any]) -> Any:
    """Repeat a change that is not a revocation while concurrent writes make it fail (409, 503)."""
    while True:
        try:
            return change()
        except (Conflict, NotFound, Unavailable) as error:
            if not isinstance(error, Unavailable) and error.reason not in RETRYABLE:
                raise
            if not context.has_time():
                raise TimeIsUp from None
            time.sleep(0.05)


def token_id(context: ActorContext, member: str) -> str:
    return context.token_of(member).hash[:12]


def suspend_member(context: ActorContext, lead: Caller, member: str) -> Any:
    return members.revoke_member(context.ports, lead, member, why=WHY)


def reinstate_member(context: ActorContext, lead: Caller, member: str) -> None:
    retry(context, lambda: members.reinstate_member(context.ports, lead, member, why="back"))
    context.issue_token(member)


def rotate_token(context: ActorContext, _: Caller, member: str) -> None:
    """Rotate the token as the member, whose other processes use the old token for a moment
    longer."""
    new = retry(context, lambda: tokens.rotate_token(context.ports, context.caller(member)))
    context.save_token(f"{member}.next", new.text)


def adopt_next_token(context: ActorContext, _: Caller, member: str) -> None:
    context.save_token(member, (context.folder / f"{member}.next").read_text())


def create_grant_again(context: ActorContext, lead: Caller, member: str) -> None:
    ends_at = context.ports.now() + LATER  # the engagement's own end may be shortened now
    create_grant = CreateGrant(member=member, roles=frozenset(ROLES), ends_at=ends_at)
    retry(
        context, lambda: grants.create_grant(context.ports, lead, context.engagement, create_grant)
    )


def change_grant_to(**changes: Any) -> Callable[[ActorContext, Caller, str], Any]:
    def change(context: ActorContext, lead: Caller, member: str) -> None:
        fields = {k: context.ports.now() + v if k == "ends_at" else v for k, v in changes.items()}
        change_grant = ChangeGrant(**fields)
        at = context.engagement
        retry(context, lambda: grants.change_grant(context.ports, lead, at, member, change_grant))

    return change


def end_engagement_in(after: timedelta) -> Callable[[ActorContext, Caller, str], Any]:
    def change(context: ActorContext, lead: Caller, _: str) -> None:
        change_engagement = ChangeEngagement(ends_at=context.ports.now() + after)
        at = context.engagement
        retry(
            context,
            lambda: engagements.change_engagement(context.ports, lead, at, change_engagement),
        )

    return change


def reopen_engagement(context: ActorContext, lead: Caller, _: str) -> None:
    at = context.engagement
    retry(context, lambda: engagements.reopen_engagement(context.ports, lead, at, why=WHY))


def create_role_again(context: ActorContext, lead: Caller, _: str) -> None:
    """Create the role and verify it: a new role is unverified."""
    ports, at = context.ports, context.engagement
    create_role = CreateRole(name="deploy", arn=arn_of(at, "deploy"))
    retry(context, lambda: roles.create_role(ports, lead, at, create_role))
    retry(context, lambda: verify_role(ports, lead, at, "deploy"))


def arn_of(engagement: str, role: str) -> str:
    return sample_accounts.ACME.role_arn(ClientRole(f"{engagement}-{role}"))


def set_trust_policy(context: ActorContext, role: str, *external_ids: str) -> None:
    """Write the client's trust policy: it accepts these external IDs; without any, no one can
    assume it."""
    advised = sample_accounts.trust_policy(Trust.AS_ADVISED, external_id=list(external_ids))  # type: ignore[arg-type]
    policy = advised if external_ids else build_trust_policy_denying_all()
    client_role = ClientRole(f"{context.engagement}-{role}")
    sample_accounts.replace_trust_policy(
        context.endpoint, sample_accounts.ACME, client_role, policy=policy
    )


def fail_verification(context: ActorContext, lead: Caller, _: str) -> None:
    set_trust_policy(context, "audit")
    at = context.engagement
    proof = retry(context, lambda: verify_role(context.ports, lead, at, "audit")).verification
    if proof is None or proof.passed:
        raise NotImposed


def pass_verification(context: ActorContext, lead: Caller, _: str) -> None:
    engagement = engagements.find_engagement(context.ports, context.engagement)
    set_trust_policy(context, "audit", *engagement.external_ids)
    retry(context, lambda: verify_role(context.ports, lead, context.engagement, "audit"))


def press_pause(context: ActorContext, *_: Any) -> None:
    """Pause the engagement as the client, who writes down the code of the press."""
    code, _ = TYPED.new_secret(context.ports.random)
    (context.folder / "pause-code").write_text(code)
    pause_by_client(context.ports, read_setup_link(context), code, address="")


def lift_pause(context: ActorContext, lead: Caller, _: str) -> None:
    """Lift the client's pause with its code and a new link: a link takes a few codes in 15 minutes,
    right ones too."""
    code = (context.folder / "pause-code").read_text()
    link = retry(context, lambda: create_link(context.ports, lead, context.engagement)).text
    retry(context, lambda: resume_by_client(context.ports, link, code, address=""))


def read_setup_link(context: ActorContext) -> str:
    return (context.folder / "setup.link").read_text()


RESTRICTIONS: dict[str, Restriction] = {
    "token revoked": Restriction(
        "token",
        lambda context, lead, member: tokens.revoke_token(
            context.ports, lead, member, token_id(context, member), why=WHY
        ),
        lambda context, _, member: context.issue_token(member),
    ),
    "token rotated": Restriction("token", rotate_token, adopt_next_token),
    "member suspended": Restriction("member", suspend_member, reinstate_member),
    "grant revoked": Restriction(
        "grant",
        lambda context, lead, member: grants.revoke_grant(
            context.ports, lead, context.engagement, member, why=WHY
        ),
        create_grant_again,
    ),
    "grant without a role": Restriction(
        "grant",
        change_grant_to(roles=frozenset({"readonly", "audit"})),
        change_grant_to(roles=frozenset(ROLES)),
        role="deploy",
    ),
    "grant shortened": Restriction(
        "grant", change_grant_to(ends_at=SOON), change_grant_to(ends_at=LATER)
    ),
    "role ended": Restriction(
        "role",
        lambda context, lead, _: roles.end_role(
            context.ports, lead, context.engagement, "deploy", why=WHY
        ),
        create_role_again,
        role="deploy",
    ),
    "role refused": Restriction("role", fail_verification, pass_verification, role="audit"),
    "engagement revoked": Restriction(
        "engagement",
        lambda context, lead, _: engagements.revoke_engagement(
            context.ports, lead, context.engagement, why=WHY
        ),
        reopen_engagement,
    ),
    "engagement closed": Restriction(
        "engagement",
        lambda context, lead, _: engagements.close_engagement(
            context.ports, lead, context.engagement, why=WHY
        ),
        reopen_engagement,
    ),
    "engagement shortened": Restriction(
        "engagement", end_engagement_in(SOON), end_engagement_in(LATER)
    ),
    "paused by the client": Restriction("engagement", press_pause, lift_pause),
}
