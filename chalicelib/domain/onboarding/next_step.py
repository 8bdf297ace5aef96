"""Choose the next step of a client's administrator, which the client's page shows first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.role_grades import find_grade
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.text import join_words
from chalicelib.domain.values import Value
from chalicelib.domain.verification.proof import Grade


class StepKind(StrEnum):
    """The kinds of next steps for the client's administrator."""

    NO_ROLES = "no-roles"
    """Nothing to do. The engagement has no roles in use."""
    SET_UP = "set-up"
    """Create the role, or change the trust policy of an existing one. It was never checked."""
    FIX = "fix"
    """Fix what the role's last check found."""
    RENEW = "renew"
    """Replace the trust policy with the one that has the later end."""
    ROTATE = "rotate"
    """Replace the trust policy with the one for the next or the new external ID."""
    CHECK_AGAIN = "check-again"
    """The role's ARN or the external ID has changed since the last check."""
    IMPROVE = "improve"
    """Nothing is required, but the last check found a possible improvement."""
    DONE = "done"
    """Nothing: every role passed its check."""
    REMOVE = "remove"
    """The engagement is over: remove the roles."""
    REMOVE_AGAIN = "remove-again"
    """The access-removal check ran, but did not confirm that every role refuses Daypass."""
    REMOVED = "removed"
    """Every role refused Daypass in the access-removal check."""


_TEXTS = {
    StepKind.NO_ROLES: "Nothing to do. The engagement has no roles in use.",
    StepKind.SET_UP: "Create {roles} in their account, and check the connection.",
    StepKind.FIX: "Fix what the last check found in {roles}, and check again.",
    StepKind.RENEW: (
        "Replace the trust policy of {roles}, because it ends before the engagement does."
    ),
    StepKind.ROTATE: "Update the trust policy of {roles}, because the external ID is being"
    " replaced.",
    StepKind.CHECK_AGAIN: "Check {roles} again, because its ARN or the external ID has changed.",
    StepKind.IMPROVE: "Nothing is required. The last check found something to improve in {roles}.",
    StepKind.DONE: "Nothing to do. Every role passed its last check.",
    StepKind.REMOVE: "Remove the access through {roles}, and check that it is gone.",
    StepKind.REMOVE_AGAIN: (
        "Remove the access through {roles}. The last check did not confirm that it is gone."
    ),
    StepKind.REMOVED: "Nothing to do. Daypass could not assume any of the roles.",
}
"""Each step in words for the firm's leads. The client's page has words of its own."""


class NextStep(Value):
    """The kind of step, and the names of the roles that it concerns."""

    kind: StepKind
    roles: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the step as a sentence for the firm's leads."""
        return _TEXTS[self.kind].format(roles=join_words(self.roles or ("the roles",)))

    @property
    def is_for_client(self) -> bool:
        """Return whether the client has something to do."""
        return not _TEXTS[self.kind].startswith("Nothing")


def choose_next_step(
    engagement: Engagement, all_roles: Iterable[Role], now: datetime, *, removal_checked: bool
) -> NextStep:
    """Return the most urgent step, which the client's page shows first.

    `all_roles` are the engagement's. Ended roles count only after the engagement's end.
    `removal_checked` says whether an access-removal check, which finds roles that still let Daypass
    in, ran after that end.
    """
    is_over = engagement.is_over(now)
    roles = [role for role in all_roles if role.ended_at is None or is_over]
    names = tuple(role.name for role in roles)
    if is_over:
        still_to_do = StepKind.REMOVE_AGAIN if removal_checked else StepKind.REMOVE
        kind = still_to_do if engagement.access_removed_at is None else StepKind.REMOVED
        return NextStep(kind=kind, roles=names)
    if not roles:
        return NextStep(kind=StepKind.NO_ROLES, roles=())

    def find_kind(role: Role) -> StepKind:
        """Return the role's own step. A rotation concerns all roles, so it is added below."""
        # None if the role was never checked, or if its ARN or the external ID has changed since.
        current = role.current_verification(engagement)
        if current is not None and not current.passed:
            return StepKind.FIX
        if role.verification is None:
            return StepKind.SET_UP
        if role.needs_policy_update:
            return StepKind.RENEW
        if current is None:
            return StepKind.CHECK_AGAIN
        is_improvable = find_grade(engagement, current) is Grade.B
        return StepKind.IMPROVE if is_improvable else StepKind.DONE

    kinds = {role.name: find_kind(role) for role in roles}
    for kind in _BY_URGENCY:
        concerned = tuple(name for name in names if kinds[name] is kind)
        if kind is StepKind.ROTATE and engagement.is_rotating:
            concerned = names
        if concerned:
            return NextStep(kind=kind, roles=concerned)
    return NextStep(kind=StepKind.DONE, roles=names)


_BY_URGENCY = (
    StepKind.FIX,
    StepKind.RENEW,
    StepKind.ROTATE,
    StepKind.SET_UP,
    StepKind.CHECK_AGAIN,
    StepKind.IMPROVE,
)
"""The steps of single roles, the most urgent first."""
