"""The client's page says which roles Daypass froze, and how the client undoes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.vending.cut_off.cut_offs import CutOff, CutOffStatus, RoleCutOffs
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from tests.builders import ROLE_ARN, a_block, a_cut_off, a_role, role_cut_offs
from tests.entrypoints.driver import Api
from tests.entrypoints.onboarding.cut_off_states import FROZEN, cut_off_checked
from tests.entrypoints.onboarding.page_states import (
    ENDED,
    MINUTE,
    REMOVED,
    SECOND,
    Row,
    check_page,
)
from tests.fakes import NOON


def a_frozen_role(*cut_offs: CutOff, **changes: Any) -> RoleCutOffs:
    """Return the item of the role, which Daypass froze an hour ago at lena's request."""
    item = role_cut_offs(
        *cut_offs, method=CutOffMethod.FREEZE, frozen_at=NOON - 60 * MINUTE, frozen_by="lena"
    )
    return replace(item, **changes)


def a_check_of_the_freeze(checked_at: datetime) -> CutOffProof:
    return cut_off_checked(
        without=(CutOffCheck.BRAKE,), method=CutOffMethod.FREEZE, checked_at=checked_at
    )


WE_FROZE = "We froze ContractorRole"
DETACH = (
    "aws iam detach-role-policy --role-name=ContractorRole"
    " --policy-arn=arn:aws:iam::aws:policy/AWSDenyAll"
)
UNCHECKED = (
    "We do not use this role any more, so our checks do not show whether the policy is still"
    " attached. This notice disappears when a check after the end of our work finds that every role"
    " refuses us."
)
STILL_DENIED = "AWS still denied a session of ours."
CLAIMS_OF_NO_ACTION = ["No further action is needed", "You do not need to do anything."]

PAGES: dict[str, Row] = {
    "a frozen role": (
        [FROZEN, a_frozen_role()],
        [
            (WE_FROZE, 1), "On 24 November 2026, 11:00 UTC, we attached AWS’s policy AWSDenyAll to",
            "to this role, because one of our leads requested it. While it is attached, no",
            "no credentials of the role work: not ours, not other people’s, and no new ones",
            "Only you can, by detaching AWSDenyAll from the role. Detach it when the reason",
            (DETACH, 1), "this notice disappears when a check sees a session of ours work.",
            "Our last check found no problem with how ContractorRole accepts us.",
        ],
        [
            "lena", "paused on this page", "If you detach it before", "Lifting the pause",
            UNCHECKED, STILL_DENIED, *CLAIMS_OF_NO_ACTION,
        ],
    ),
    "a frozen role whose sessions have not expired": (
        [
            FROZEN,
            a_frozen_role(
                a_cut_off(status=CutOffStatus.SEEN, needed_until=NOON + MINUTE),
                a_cut_off(id="c2", status=CutOffStatus.SEEN, needed_until=NOON + 2 * MINUTE),
                a_cut_off(id="c3", status=CutOffStatus.SEEN, needed_until=NOON),
            ),
            a_check_of_the_freeze(NOON),
        ],
        [
            WE_FROZE, DETACH,
            "before 24 November 2026, 12:02 UTC, sessions that the freeze ended can work again.",
            "still attached, and only after 24 November 2026, 12:02 UTC. After you detach it,",
        ],
        [STILL_DENIED, "We are ending sessions", *CLAIMS_OF_NO_ACTION],
    ),
    "a freeze that is not seen yet": (
        [
            FROZEN,
            a_frozen_role(a_cut_off(status=CutOffStatus.WRITTEN, written_at=NOON)),
        ],
        [WE_FROZE, "We are ending sessions of ContractorRole", "IAM can take a few minutes"],
        [],
    ),
    "a frozen role whose session a later check saw denied": (
        [FROZEN, a_frozen_role(freeze_seen_at=NOON), a_check_of_the_freeze(NOON + MINUTE)],
        ["On 24 November 2026, 12:00 UTC, AWS still denied a session of ours."],
        [UNCHECKED],
    ),
    "a frozen role that a later check did not look at": (
        [FROZEN, a_frozen_role(), a_check_of_the_freeze(NOON)],
        [WE_FROZE, "this notice disappears when a check sees a session of ours work."],
        [STILL_DENIED, "12:00 UTC, AWS", UNCHECKED],
    ),
    "a role that the client's pause froze": (
        [FROZEN, a_frozen_role(frozen_by="@client"), a_block("acme-prod")],
        [
            "to this role, because our access was paused on this page.",
            "Lifting the pause does not detach it.",
        ],
        ["one of our leads requested"],
    ),
    "a frozen role that an earlier version stored without its request": (
        [FROZEN, a_frozen_role(frozen_by="")],
        ["AWSDenyAll to this role. While it is attached"],
        ["because one of our leads", "because our access"],
    ),
    "a frozen role after the end": (
        [FROZEN, ENDED, a_frozen_role()],
        [WE_FROZE, "If you keep the role, detach it when the reason", DETACH, UNCHECKED],
        ["this notice disappears"],
    ),
    "a frozen role after the access was removed": (
        [FROZEN, REMOVED, a_frozen_role()],
        ["No further action is needed."],
        [WE_FROZE, DETACH],
    ),
    "a frozen role that Daypass does not use any more": (
        [FROZEN, a_role(ended_at=NOON), a_frozen_role()], [WE_FROZE, DETACH, UNCHECKED], []
    ),
    "a frozen role that another one replaced": (
        [FROZEN, a_role(arn=f"{ROLE_ARN}2"), a_frozen_role()],
        [WE_FROZE, DETACH, UNCHECKED],
        ["We froze ContractorRole2", "--role-name=ContractorRole2"],
    ),
    "a frozen role of an engagement that has no method any more": (
        [a_frozen_role()],
        [WE_FROZE, DETACH, "this notice disappears when a check sees a session of ours work."],
        [UNCHECKED],
    ),
    "two frozen roles": (
        [
            FROZEN, SECOND, a_frozen_role(),
            a_frozen_role(role="b1", role_arn=f"{ROLE_ARN}2", frozen_by="@client"),
        ],
        [
            ("we attached AWS’s policy", 2), "We froze ContractorRole2",
            "--role-name=ContractorRole2",
        ],
        [],
    ),
    "a role that is not frozen any more": (
        [FROZEN, a_frozen_role(frozen_at=None)], ["No further action is needed"], ["We froze"]
    ),
    "a frozen role of another engagement": (
        [FROZEN, a_frozen_role(engagement="globex")],
        ["No further action is needed"],
        ["We froze"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("state", PAGES)
def test_the_page_says_what_daypass_froze_and_how_to_undo_it(api: Api, state: str) -> None:
    check_page(api, PAGES[state])
