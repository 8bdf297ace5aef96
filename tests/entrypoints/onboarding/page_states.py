"""The states of a client's page, with the sentences that it has and does not have in each."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.policies.credential_actions import DENY_ALL
from chalicelib.domain.values import Item
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.wrong_ids import CALLS_PER_DAILY_CHECK as DAILY
from chalicelib.domain.verification.wrong_ids import CALLS_PER_FULL_CHECK as FULL
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
from tests.entrypoints.onboarding.reading import PageText, change, shown
from tests.fakes import NOON

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 28, tzinfo=UTC)
NEXT = EXTERNAL_ID.replace("abc", "new")

State = Item | dict[str, Any] | Callable[[Any], None]
"""An item to add, changes of the engagement, or another change of the fake world."""


def link(**changes: Any) -> State:
    return partial(change, kind=SetupLink, **changes)


def checked(*failed: Check, **changes: Any) -> Role:
    """Return `readonly`, with these failures in its last check."""
    return a_role(verification=a_verification(results=results(*failed)), **changes)


EXISTING = an_asked_for(permissions=PermissionSet.AS_THEY_ARE)
NEVER = a_role(verification=None)
UNSAFE = checked(Check.NO_ID)
SECOND = a_role("b1", arn=f"{ROLE_ARN}2", verification=None)
MISSING = a_role(
    verification=a_verification(
        results={Check.RIGHT_ID: Result.FAILED},
        causes=(Cause.ROLE_MISSING, Cause.OTHER_CONDITION),
    )
)
ACCEPTS_PREVIOUS = a_role(
    verification=a_verification(results=results(Check.PREVIOUS_ID, without=(Check.RETIRED_ID,)))
)
REMOVED = {"closed_at": NOON - DAY, "access_removed_at": NOON}
ENDED = {"closed_at": NOON - MINUTE}
ROTATING = {"next_external_id": NEXT}

NO_ACTION = "No further action is needed"
PROMISE = (
    "This prevents anyone from tricking us into using your role while we work for someone else"
)
ONLY_CHECKS = "we give no one a session; only our checks still try to assume the role."
SID = json.loads(DENY_ALL)["Statement"][0]["Sid"]
HOW_TO_TELL = f"a session policy that denies everything, with one statement that has the Sid {SID}"
UNSEEN = (
    "A check does not see the role’s permissions, who else it trusts, or whether its trust policy"
    " has an end"
)
NOT_REVIEWED = "Our checks do not see what ContractorRole may do or who else it trusts"
WHOLE = "These commands replace the whole trust policy of ContractorRole. If anyone else"
REVOKE = "<details open>\n<summary>Revoke active sessions"
# Sentences for a role that the client creates, and for none that existed before.
ONLY_OF_NEW = [
    "The role can change nothing", "you to create this role", "one of these four options",
    "read-basics", "create-role", "attach-role-policy", "/launch",
]  # fmt: skip
OF_EXISTING = [
    "We understand that this role already exists in your account.",
    "Unchanged. The role keeps the permissions that it has, and we ask for no others.",
    UNSEEN,
    "Either option replaces the whole trust policy.",
    "update-assume-role-policy",
]

Row = tuple[list[State], list[str | tuple[str, int]], list[str]]


def check_page(api: Api, row: Row) -> None:
    """Set the state, and check the sentences that the page must have and must not have."""
    changes, present, absent = row
    for part in changes:
        if isinstance(part, dict):
            change(api.world, Engagement, **part)
        elif isinstance(part, Item):
            api.world.add(part)
        else:
            part(api.world)
    page = shown(api).text
    page_text = PageText(page).text
    for row_text in present:
        sentence, expected = row_text if isinstance(row_text, tuple) else (row_text, None)
        count = page_text.count(sentence) or page.count(sentence)
        assert count == expected if expected else count, sentence
    assert [text for text in absent if text in page_text or text in page] == []


# The state, the sentences on the page (with their number, where it matters), and absent sentences.
PAGES: dict[str, Row] = {
    "all is well": (
        [],
        [
            "Access to your AWS account 987654321098 for AWS account 123456789012",
            "AWS account 123456789012 (“we” on this page) asks for access to Acme’s AWS account.",
            "Trusts one role of ours: arn:aws:iam::123456789012:role/daypass-broker",
            "our account, arn:aws:iam::123456789012:root. In AWS’s notation that means",
            "aws:PrincipalArn limits this trust to our one role",
            EXTERNAL_ID, "The external ID is not a secret", PROMISE, UNSEEN, HOW_TO_TELL, "Grade A",
            f"about {FULL} requests", f"once a day with {DAILY} requests", (ONLY_CHECKS, 1),
            (NO_ACTION, 2), "We asked you to create this role.",
            "Permissions See the settings of EC2 and RDS",
            "Grade A. The role accepts us with the external ID, and refuses us without it and with",
            "Checked on 25 October 2026, 12:00 UTC.",
            "Our last check found no problem with how ContractorRole accepts us.",
        ],
        [
            "anyone can claim", "mailto:", "Contact", "already exists", NOT_REVIEWED,
            "with the earlier external IDs that the right one replaced", "last full check",
            "has allowed it",
            "Still to be checked", a_link().hash[:12], "every role",
        ],
    ),
    "never checked": (
        [NEVER],
        [
            "We ask you to create this role.", "Not checked yet", UNSEEN,
            "Next step: create ContractorRole, then check the connection.",
            "Give AWS account 123456789012 access to your AWS account 987654321098",
            "Permissions See the settings of EC2 and RDS",
        ],
        ["has allowed it"],
    ),
    "failed": (
        [UNSAFE],
        [
            "Grade F", "The last check, on 25 October 2026, 12:00 UTC, did not pass",
            "Next step: fix ContractorRole",
        ],
        ["has allowed it"],
    ),
    "something could be better": ([checked(Check.TAGS)], ["Grade B"], []),
    "of another ARN": (
        [a_role(arn=ROLE_ARN + "2")],
        [
            "This result is out of date.", "The role’s ARN or the external ID has changed since",
            "Next step: check ContractorRole2 again",
        ],
        ["We asked you to create"],
    ),
    "a short check": (
        [a_role(verification=a_verification(full_check_at=a_verification().checked_at - 2 * DAY))],
        ["UTC with a short check; the last full check was on 23 October"],
        [],
    ),
    "failed, and a lead allows it": (
        [checked(Check.NO_ID, override=an_override())],
        [
            "our consultants can use this role, whatever the result of the check: one of our leads",
            "our consultants can use ContractorRole without a current, passed check",
        ],
        [],
    ),
    "passed, and a lead allows it": (
        [a_role(override=an_override())], [], ["can use ContractorRole without"]
    ),
    "may be missing": (
        [MISSING], ["Next step: create or fix ContractorRole"], ["the client's"]
    ),
    "may be missing, and existed before": (
        [EXISTING, MISSING], ["Next step: fix ContractorRole"], ["the client's"]
    ),
    "several to create": (
        [NEVER, SECOND, an_asked_for(role="b1", permissions=PermissionSet.READ_BASICS)],
        ["Next step: create ContractorRole2 and ContractorRole, then check the connection."],
        [],
    ),
    "one to create, and one that exists": (
        [NEVER, SECOND],
        ["Next step: create ContractorRole and update the trust policy of ContractorRole2, then"],
        [],
    ),
    "existed before": (
        [EXISTING],
        [*OF_EXISTING, NOT_REVIEWED, "No further action is needed to give us access"],
        [*ONLY_OF_NEW, "No further action is needed."],
    ),
    "existed before, never checked": ([EXISTING, NEVER], [*OF_EXISTING], ONLY_OF_NEW),
    "existed before, failed": ([EXISTING, UNSAFE], [*OF_EXISTING], ONLY_OF_NEW),
    "an external ID from elsewhere": (
        [{"external_id_imported": True}],
        ["others may know or use it"],
        [PROMISE, "Rotate it"],
    ),
    "a rotation's first half": (
        [ROTATING],
        [
            "accepts both the current external ID and the next one", f"{EXTERNAL_ID} or {NEXT}",
            "update your stack or configuration with the new version from step 2",
        ],
        [NO_ACTION, WHOLE],
    ),
    "a rotation's first half, existed before": ([EXISTING, ROTATING], [WHOLE], []),
    "a rotation's second half": (
        [{"external_id": NEXT, "previous_external_id": EXTERNAL_ID}],
        ["accepts only the new external ID"],
        [EXTERNAL_ID],
    ),
    "still accepts the previous external ID": (
        [{"previous_external_id": "daypass-former"}, ACCEPTS_PREVIOUS],
        [
            "Grade B. The role accepts us with the external ID, but also still with the previous",
        ],
        ["with the wrong ones that we tried"],
    ),
    "two retired external IDs": (
        [{"retired_external_ids": ("daypass-first", "daypass-second")}],
        [
            "with the earlier external IDs that the right one replaced",
            f"about {FULL + 8} requests", f"once a day with {DAILY + 2} requests",
        ],
        [],
    ),
    "a check ran out of time": (
        [SECOND, link(checking_since=NOON - timedelta(seconds=40))],
        ["Still to be checked: ContractorRole2, ContractorRole. The last check ran out of time"],
        [],
    ),
    "a check ran out of time before the end": (
        [SECOND, link(checking_since=NOON - timedelta(seconds=40)), ENDED],
        [],
        ["Still to be checked"],
    ),
    "ends at midnight": (
        [
            {"ends_at": MIDNIGHT}, link(expires_at=MIDNIGHT),
            a_role(verification=None, override=an_override(until=MIDNIGHT)),
        ],
        [
            "until the end of 27 November 2026, UTC. Outside this period we give no one",
            "This link works until the end of 27 November 2026, UTC.",
            "Until the end of 27 November 2026, UTC, our consultants can use",
        ],
        ["28 November"],
    ),
    "no role": ([a_role(ended_at=NOON)], ["nothing for you to do"], ['class="next-step']),
    "one of two roles was ended": (
        [a_role("deploy", arn=f"{ROLE_ARN}2", ended_at=NOON)], [], ["ContractorRole2"]
    ),
    "ended, and one of two roles was ended": (
        [a_role("deploy", arn=f"{ROLE_ARN}2", ended_at=NOON), ENDED],
        ["Delete the role: ContractorRole2"],
        [],
    ),
    "ended": (
        [ENDED],
        [
            "Next step: delete ContractorRole", "until 24 November 2026, 11:59 UTC",
            "Not checked yet", HOW_TO_TELL, (ONLY_CHECKS, 1),
        ],
        ["existed before", "one of these four options"],
    ),
    "ended, existed before": (
        [ENDED, EXISTING],
        [
            "Next step: remove our access through ContractorRole",
            "We understand that ContractorRole existed before we asked for access. If anyone else",
        ],
        [],
    ),
    "ended for ten minutes": (
        [{"closed_at": NOON - 10 * MINUTE}],
        ["can run until 24 November 2026, 12:51 UTC at the latest", REVOKE],
        ["asks AWS for no session"],
    ),
    "ended for more than an hour": (
        [{"closed_at": NOON - 62 * MINUTE}], [], ["at the latest", REVOKE]
    ),
    "access removed": (
        [REMOVED],
        [
            "you do not need to remove anything else", "aws iam delete-role ",
            "If you kept a role that you created for us and only blocked it, you can now delete it",
        ],
        ["Please", "<details open", "Block new", "Check now", "<form", "only our checks"],
    ),
    "access removed a moment after the end": (
        [REMOVED | ENDED], [("<details open", 1), (REVOKE, 1)], [NO_ACTION]
    ),
    "access removed, existed before": (
        [REMOVED, EXISTING],
        ["If its trust policy still has statements that name our account"],
        ["created for us", "aws iam"],
    ),
}  # fmt: skip
