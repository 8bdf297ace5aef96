"""The states of a client's page: what it says in each, and what it does not say."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.domain.credential_actions import DENY_ALL
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.values import Item
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.wrong_ids import CALLS_OF_A_DAILY_CHECK as DAILY
from chalicelib.domain.verification.wrong_ids import CALLS_OF_A_FULL_CHECK as FULL
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    a_link,
    a_role,
    a_verification,
    an_asked_for,
    an_override,
    results,
)
from tests.entrypoints.driver import Api
from tests.entrypoints.onboarding.reading import Words, change, shown
from tests.fakes import NOON

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 28, tzinfo=UTC)
NEXT = EXTERNAL_ID.replace("abc", "new")

State = Item | dict[str, Any] | Callable[[Any], None]
"""An item to add, changes of the engagement, or another change of the world."""


def link(**changes: Any) -> State:
    return partial(change, kind=SetupLink, **changes)


def checked(*failed: Check, **changes: Any) -> Role:
    """`readonly`, whose last check ended with these failures."""
    return a_role(verification=a_verification(results=results(*failed)), **changes)


THERE = an_asked_for(permissions=PermissionSet.AS_THEY_ARE)
NEVER = a_role(verification=None)
UNSAFE = checked(Check.NO_ID)
SECOND = a_role("b1", arn=f"{ROLE_ARN}2", verification=None)
NOT_THERE = a_role(
    verification=a_verification(
        results={Check.RIGHT_ID: Result.FAILED},
        causes=(Cause.ROLE_MISSING, Cause.OTHER_CONDITION),
    )
)
STILL_FORMER = a_role(
    verification=a_verification(results=results(Check.FORMER_ID, without=(Check.RETIRED_ID,)))
)
LEFT = {"closed_at": NOON - DAY, "access_removed_at": NOON}
OVER = {"closed_at": NOON - MINUTE}
ROTATING = {"next_external_id": NEXT}

NEEDS_NOTHING = "You need do nothing else"
PROMISE = "so nobody can have us enter your account while we work for somebody else"
ONLY_CHECKS = "nobody is given a session; only our checks still try the role."
SID = json.loads(DENY_ALL)["Statement"][0]["Sid"]
HOW_TO_TELL = f"the one statement of the session policy in the request has the Sid {SID}"
UNSEEN = "What it may really do, whom else it trusts, and whether its trust has an end"
NOBODY_LOOKED = "What ContractorRole may do, and whom else it trusts, nobody of ours has looked at"
WHOLE = "These commands replace the whole trust policy of ContractorRole. If others come in"
CUT_OFF = "<details open>\n<summary>Cut off the sessions that run"
SEEN = "What has been seen of it By our checks "
ASKED = "What we ask you for The role "
# What is only true of a role that was made as we asked for it, and of none that was there before.
ONLY_OF_OURS = [
    "Nothing can be changed", "for you to create", "in one of four forms", "read-basics",
    "create-role", "attach-role-policy", "/launch",
]  # fmt: skip
OF_ONE_THERE = [
    "What we were told The role One that is in your account already",
    "It keeps what it has: we ask for nothing more",
    UNSEEN,
    "A trust policy is replaced as a whole",
    "update-assume-role-policy",
]

Says = tuple[list[State], list[str | tuple[str, int]], list[str]]


def holds(api: Api, row: Says) -> None:
    """Bring the state about, and look for what the page then says, and for what it does not."""
    changes, says, never = row
    for part in changes:
        if isinstance(part, dict):
            change(api.world, Engagement, **part)
        elif isinstance(part, Item):
            api.world.add(part)
        else:
            part(api.world)
    page = shown(api).text
    said = Words(page).text
    for text in says:
        wanted, count = text if isinstance(text, tuple) else (text, None)
        found = said.count(wanted) or page.count(wanted)
        assert found == count if count else found, wanted
    assert [text for text in never if text in said or text in page] == []


# The state, what the page says then (and how often, if that counts), and what it does not say.
PAGES: dict[str, Says] = {
    "all is well": (
        [],
        [
            "AWS account 123456789012 asks to work in your AWS account 987654321098",
            "One role of ours: arn:aws:iam::123456789012:role/daypass-broker",
            "as arn:aws:iam::123456789012:root. That is how AWS writes",
            "aws:PrincipalArn beside it leaves this one role",
            EXTERNAL_ID, "This is not a secret", PROMISE, UNSEEN, HOW_TO_TELL, "Grade A",
            f"about {FULL} times", f"once a day with {DAILY} of them", (ONLY_CHECKS, 2),
            (NEEDS_NOTHING, 2), f"{ASKED}The IAM role we asked you to create",
            "What it is to be allowed Look at EC2 and RDS",
            f"{SEEN}On 25 October 2026, 12:00 UTC it let us in with the external ID, and",
        ],
        [
            "anyone can claim", "mailto:", "Whom to ask", "was there before us", NOBODY_LOOKED,
            "with those that it has replaced", "everything was tried on", "all the same",
            "Still to be checked", a_link().hash[:12], "every role",
        ],
    ),
    "never checked": (
        [NEVER],
        [
            f"{ASKED}An IAM role for you to create", "Not checked yet", UNSEEN,
            f"{SEEN}Nothing yet: nobody has checked it",
            "What it is to be allowed Look at EC2 and RDS",
        ],
        ["all the same"],
    ),
    "failed": (
        [UNSAFE],
        ["Grade F", "UTC it did not pass", "One thing to do: mend ContractorRole"],
        ["all the same"],
    ),
    "something could be better": ([checked(Check.TAGS)], ["Grade B"], []),
    "of another ARN": (
        [a_role(arn=ROLE_ARN + "2")], [f"{SEEN}Nothing that holds now", "out of date"], []
    ),
    "a short check": (
        [a_role(verification=a_verification(full_check_at=a_verification().checked_at - 2 * DAY))],
        ["UTC, with a few tries; everything was tried on 23 October"],
        [],
    ),
    "failed, and a lead has us enter": (
        [checked(Check.NO_ID, override=an_override())],
        [
            "our people enter with this role all the same",
            "our people enter with ContractorRole all the same, though it is not proven",
        ],
        [],
    ),
    "passed, and a lead has us enter": (
        [a_role(override=an_override())], [], ["enter with ContractorRole all the same"]
    ),
    "not there, as far as AWS says": (
        [NOT_THERE], ["One thing to do: create or mend ContractorRole"], ["the client's"]
    ),
    "not there, though it was there before us": (
        [THERE, NOT_THERE], ["One thing to do: mend ContractorRole"], ["the client's"]
    ),
    "several to create": (
        [NEVER, SECOND, an_asked_for(role="b1", permissions=PermissionSet.READ_BASICS)],
        ["To do: create ContractorRole2 and ContractorRole, then check them"],
        [],
    ),
    "one to create, and one that is there": (
        [NEVER, SECOND],
        ["To do: create, or let us in with, ContractorRole2 and Contractor"],
        [],
    ),
    "was there before us": (
        [THERE],
        [*OF_ONE_THERE, NOBODY_LOOKED, "You need do nothing else to let us in"],
        [*ONLY_OF_OURS, "You need do nothing else."],
    ),
    "was there before us, never checked": ([THERE, NEVER], [*OF_ONE_THERE], ONLY_OF_OURS),
    "was there before us, failed": ([THERE, UNSAFE], [*OF_ONE_THERE], ONLY_OF_OURS),
    "an external ID from elsewhere": (
        [{"external_id_imported": True}],
        ["others may know it or use it too"],
        [PROMISE, "Rotate it"],
    ),
    "a rotation's first half": (
        [ROTATING],
        [
            "takes both the external ID in use and the next one", f"{EXTERNAL_ID} or {NEXT}",
            "update your stack or configuration with the new version above",
        ],
        [NEEDS_NOTHING, WHOLE],
    ),
    "a rotation's first half, was there before us": ([THERE, ROTATING], [WHOLE], []),
    "a rotation's second half": (
        [{"external_id": NEXT, "previous_external_id": EXTERNAL_ID}],
        ["takes that one alone"],
        [EXTERNAL_ID],
    ),
    "still takes the former external ID": (
        [{"previous_external_id": "daypass-former"}, STILL_FORMER],
        [
            "Grade B. It lets us in with the external ID, and still with the former one.",
            "UTC it let us in with the external ID, and still with the former one, and",
        ],
        ["with the wrong ones that we tried"],
    ),
    "two retired external IDs": (
        [{"retired_external_ids": ("daypass-first", "daypass-second")}],
        [
            "with those that it has replaced", f"about {FULL + 4} times",
            f"once a day with {DAILY + 2} of them",
        ],
        [],
    ),
    "a press did not get through": (
        [SECOND, link(checking_since=NOON - timedelta(seconds=40))],
        ["Still to be checked: ContractorRole2, ContractorRole. There was no time"],
        [],
    ),
    "a press did not get through before the end": (
        [SECOND, link(checking_since=NOON - timedelta(seconds=40)), OVER],
        [],
        ["Still to be checked"],
    ),
    "ends at midnight": (
        [
            {"ends_at": MIDNIGHT}, link(expires_at=MIDNIGHT),
            a_role(verification=None, override=an_override(until=MIDNIGHT)),
        ],
        [
            "until the end of 27 November 2026, UTC. Outside of that nobody",
            "This link works until the end of 27 November 2026, UTC.",
            "Until the end of 27 November 2026, UTC our people enter",
        ],
        ["28 November"],
    ),
    "no role": ([a_role(ended_at=NOON)], ["nothing for you to do"], ['class="to-do']),
    "one of two roles was ended": (
        [a_role("deploy", arn=f"{ROLE_ARN}2", ended_at=NOON)], [], ["ContractorRole2"]
    ),
    "over, and one of two roles was ended": (
        [a_role("deploy", arn=f"{ROLE_ARN}2", ended_at=NOON), OVER],
        ["Delete the role: ContractorRole2"],
        [],
    ),
    "over": (
        [OVER],
        [
            "One thing to do: remove ContractorRole", "until 24 November 2026, 11:59 UTC",
            "Not checked yet", HOW_TO_TELL, (ONLY_CHECKS, 2),
        ],
        ["was there before us", "in one of four forms"],
    ),
    "over, was there before us": (
        [OVER, THERE],
        [
            "One thing to do: end our access through ContractorRole",
            "ContractorRole was there before us, as we were told. If others need it, do none",
        ],
        [],
    ),
    "over for ten minutes": (
        [{"closed_at": NOON - 10 * MINUTE}],
        ["may run until 24 November 2026, 12:51 UTC at the latest", CUT_OFF],
        ["asks AWS for no session"],
    ),
    "over for more than an hour": (
        [{"closed_at": NOON - 62 * MINUTE}], [], ["at the latest", CUT_OFF]
    ),
    "left": (
        [LEFT],
        [
            "we ask you to remove nothing else", "aws iam delete-role ",
            "A role that you made for us and only shut may still be there",
        ],
        ["Please", "<details open", "Shut the door", "Check now", "<form", "only our checks"],
    ),
    "left a moment after the end": (
        [LEFT | OVER], [("<details open", 1), (CUT_OFF, 1)], [NEEDS_NOTHING]
    ),
    "left, was there before us": (
        [LEFT, THERE],
        ["If its trust policy still has statements that name our account"],
        ["made for us", "aws iam"],
    ),
}  # fmt: skip
