"""What the client's page says, and when."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import force_setattr, replace

from chalicelib.domain.credential_actions import DENY_ALL
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.verification.proof import Check
from chalicelib.domain.verification.wrong_ids import (
    CALLS_OF_A_DAILY_CHECK,
    CALLS_OF_A_FULL_CHECK,
)
from tests.builders import (
    EXTERNAL_ID,
    LINK_TEXT,
    ROLE_ARN,
    Scene,
    a_link,
    a_role,
    a_verification,
    an_asked_for,
    an_override,
    results,
)
from tests.entrypoints.driver import Api
from tests.entrypoints.matrix import ask
from tests.entrypoints.onboarding.reading import CHECK, Words, change, shown, words
from tests.fakes import FIRM, NOON, FakeRole

OTHER = LINK_TEXT[:-1] + "x"
FIRM_NAME = 'O\'Brien & "Söhne" <script>alert(1)</script>'
CLIENT_NAME = '<b>"Bobby" & Söhne</b>{{ 7 * 7 }}'


def test_the_page_of_one_role_is_light(api: Api) -> None:
    api.world.roles[ROLE_ARN] = FakeRole("another")
    ask(api, CHECK, "nobody")

    assert "likeliest first" in words(api)
    assert len(shown(api).text.encode()) < 60_000


def test_names_are_shown_as_text(api: Api, scene: Scene) -> None:
    force_setattr(scene.ports, "firm", replace(FIRM, name=FIRM_NAME))
    change(api.world, Engagement, client=CLIENT_NAME)
    answer = shown(api)

    assert FIRM_NAME in Words(answer.text).text
    assert CLIENT_NAME in Words(answer.text).text
    assert not re.search("<b>.Bobby|<script>alert", answer.text)


def test_whom_to_ask_is_there_if_the_firm_says_so(api: Api, scene: Scene) -> None:
    assert "mailto:" not in shown(api).text
    assert "Whom to ask" not in words(api)
    firm = replace(FIRM, contact="o.brien+aws@example.com")
    force_setattr(scene.ports, "firm", firm)
    assert "Whom to ask o.brien+aws@example.com" in words(api)
    assert "tell us (o.brien+aws@example.com) and we withdraw it" in words(api)
    assert shown(api).text.count('href="mailto:o.brien+aws@example.com"') == 2


def test_a_role_that_others_may_need_is_not_simply_to_be_deleted(api: Api) -> None:
    change(api.world, Engagement, closed_at=NOON)
    assert "One thing to do: remove ContractorRole" in words(api)
    assert "was there before us" not in words(api)
    api.world.add(an_asked_for(permissions=PermissionSet.AS_THEY_ARE))
    said = words(api)
    assert "One thing to do: end our access through ContractorRole" in said
    assert (
        "ContractorRole was there before us, as we were told. If others need it, do none of this"
        in said
    )


def test_nothing_else_is_to_be_done_only_where_nothing_is(api: Api) -> None:
    assert words(api).count("You need do nothing else") == 2
    change(api.world, Engagement, next_external_id="daypass-next")
    assert "You need do nothing else" not in words(api)


def test_whoever_has_no_name_is_known_by_the_account(api: Api) -> None:
    said = words(api)

    assert "AWS account 123456789012 asks to work in your AWS account 987654321098" in said
    assert "anyone can claim" not in said


def test_the_client_is_told_how_often_a_check_asks_and_how_to_tell_it(
    api: Api, scene: Scene
) -> None:
    said = words(api)
    assert f"about {CALLS_OF_A_FULL_CHECK} times" in said
    assert f"once a day with {CALLS_OF_A_DAILY_CHECK} of them" in said
    (statement,) = json.loads(DENY_ALL)["Statement"]
    told = f"the one statement of the session policy in the request has the Sid {statement['Sid']}"
    assert told in said
    change(api.world, Engagement, closed_at=NOON)
    assert told in words(api)


# What is only true of a role that was made as we asked for it, and of none that was there before.
ONLY_OF_OURS = [
    "Nothing can be changed",
    "for you to create",
    "in one of four forms",
    "read-basics",
]


def test_of_a_role_that_was_there_already_nothing_is_claimed(api: Api) -> None:
    api.world.add(an_asked_for(permissions=PermissionSet.AS_THEY_ARE))
    for proof in (None, a_verification(), a_verification(results=results(Check.NO_ID))):
        api.world.add(a_role(verification=proof))
        said = words(api)
        assert [claim for claim in ONLY_OF_OURS if claim in said] == []
        assert "What we were told The role One that is in your account already" in said
        assert "It keeps what it has: we ask for nothing more" in said
        assert (
            "What it may really do, whom else it trusts, and whether its trust has an end" in said
        )
        assert "A trust policy is replaced as a whole" in said
        assert "update-assume-role-policy" in said
        assert not re.search("create-role|attach-role-policy|/launch", shown(api).text)


def test_that_it_lets_us_in_is_not_said_to_be_all_that_matters(api: Api) -> None:
    unseen = "What ContractorRole may do, and whom else it trusts, nobody of ours has looked at"
    assert unseen not in words(api)
    api.world.add(an_asked_for(permissions=PermissionSet.AS_THEY_ARE))
    assert unseen in words(api)
    assert "You need do nothing else to let us in" in words(api)
    assert "You need do nothing else." not in words(api)


def test_of_a_role_that_we_asked_for_that_is_what_is_said(api: Api) -> None:
    for proof, what in (
        (None, "An IAM role for you to create"),
        (a_verification(), "The IAM role we asked you to create"),
    ):
        api.world.add(a_role(verification=proof))
        said = words(api)
        assert f"What we ask you for The role {what}" in said
        assert "What it is to be allowed Look at EC2 and RDS" in said
        assert (
            "What it may really do, whom else it trusts, and whether its trust has an end" in said
        )


@pytest.mark.parametrize(
    ("role", "says"),
    [
        ({"verification": None}, "Nothing yet: nobody has checked it"),
        ({}, "12:00 UTC it let us in with the external ID, and refused us without it"),
        ({"verification": a_verification(results=results(Check.NO_ID))}, "UTC it did not pass"),
        ({"arn": ROLE_ARN + "2"}, "Nothing that holds now"),
    ],
    ids=["never", "passed", "failed", "of another ARN"],
)
def test_what_was_seen_is_told_with_its_moment(api: Api, role: dict[str, Any], says: str) -> None:
    api.world.add(a_role(**role))
    told = words(api).partition("What has been seen of it By our checks ")[2]
    assert says in told.partition("Not seen by us")[0]


@pytest.mark.parametrize("failed", [(), (Check.TAGS,)], ids=["grade A", "grade B"])
def test_no_more_is_claimed_of_wrong_external_ids_than_was_tried(
    api: Api, failed: tuple[Check, ...]
) -> None:
    api.world.add(a_role(verification=a_verification(results=results(*failed))))
    said = words(api)
    assert said.count("without it and with the wrong ones that we tried") == 2
    assert "with the wrong external IDs that Daypass tried" in said
    assert "with wrong ones" not in said.replace("and with none, with wrong ones", "")


def test_a_role_that_still_takes_the_former_external_id_is_not_said_to_refuse_it(api: Api) -> None:
    change(api.world, Engagement, former_external_id="daypass-former")
    found = results(Check.FORMER_ID, without=(Check.RETIRED_ID,))
    api.world.add(a_role(verification=a_verification(results=found)))
    said = words(api)
    assert "Grade B. It lets us in with the external ID, and still with the former one." in said
    assert "UTC it let us in with the external ID, and still with the former one, and" in said
    assert "with the wrong ones that we tried" not in said


def test_each_retired_external_id_is_counted_among_the_calls_and_named_as_tried(api: Api) -> None:
    assert "with those that it has replaced" not in words(api)
    change(api.world, Engagement, retired_external_ids=("daypass-first", "daypass-second"))
    said = words(api)
    assert "with those that it has replaced" in said
    assert f"about {CALLS_OF_A_FULL_CHECK + 4} times" in said
    assert f"once a day with {CALLS_OF_A_DAILY_CHECK + 2} of them" in said


def test_a_short_check_is_told_from_a_full_one(api: Api) -> None:
    assert "everything was tried on" not in words(api)
    short = a_verification(full_check_at=a_verification().checked_at - timedelta(days=2))
    api.world.add(a_role(verification=short))
    assert "UTC, with a few tries; everything was tried on 23 October" in words(api)


def test_it_is_said_that_a_lead_has_us_enter_all_the_same(api: Api) -> None:
    unsafe = a_verification(results=results(Check.NO_ID))
    api.world.add(a_role(verification=unsafe))
    assert "enter with this role all the same" not in words(api)
    api.world.add(a_role(verification=unsafe, override=an_override()))
    assert "our people enter with this role all the same" in words(api)


def test_why_the_account_stands_beside_the_one_role(api: Api) -> None:
    said = words(api)
    assert "One role of ours: arn:aws:iam::123456789012:role/daypass-broker" in said
    assert "as arn:aws:iam::123456789012:root. That is how AWS writes" in said
    assert "aws:PrincipalArn beside it leaves this one role" in said


def test_the_external_id_is_there_and_no_secret(api: Api) -> None:
    said = words(api)

    assert EXTERNAL_ID in said
    assert "This is not a secret" in said
    assert a_link().hash[:12] not in shown(api).text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"verification": None}, "Not checked yet"),
        ({}, "Grade A"),
        ({"verification": a_verification(results=results(Check.TAGS))}, "Grade B"),
        ({"verification": a_verification(results=results(Check.NO_ID))}, "Grade F"),
        ({"arn": ROLE_ARN + "2"}, "out of date"),
    ],
    ids=["never", "good", "mixed", "unsafe", "of another ARN"],
)
def test_the_last_result_is_told(api: Api, changes: dict[str, Any], says: str) -> None:
    api.world.add(a_role(**changes))

    assert says in words(api)


def test_the_roles_that_a_press_did_not_get_through_with_are_named(api: Api) -> None:
    api.world.add(a_role("deploy", arn=f"{ROLE_ARN}2", verification=None))
    assert "Still to be checked" not in words(api)

    change(api.world, SetupLink, checking_since=NOON - timedelta(seconds=40))
    assert "Still to be checked: ContractorRole2, ContractorRole. There was no time" in words(api)

    change(api.world, Engagement, closed_at=NOON)
    assert "Still to be checked" not in words(api)


def test_each_half_of_a_rotation_says_what_to_do(api: Api) -> None:
    new = EXTERNAL_ID.replace("abc", "new")
    change(api.world, Engagement, next_external_id=new)
    assert "takes both the external ID in use and the next one" in words(api)
    assert f"{EXTERNAL_ID} or {new}" in words(api)

    change(api.world, Engagement, external_id=new, next_external_id=None)
    change(api.world, Engagement, former_external_id=EXTERNAL_ID)
    said = words(api)
    assert "takes that one alone" in said
    assert EXTERNAL_ID not in said


def test_an_end_at_midnight_is_shown_as_its_last_day(api: Api) -> None:
    midnight = datetime(2026, 11, 28, tzinfo=UTC)
    change(api.world, Engagement, ends_at=midnight)
    change(api.world, SetupLink, expires_at=midnight)
    api.world.add(a_role(verification=None, override=an_override(until=midnight)))

    said = words(api)

    assert "until the end of 27 November 2026, UTC. Outside of that nobody" in said
    assert "This link works until the end of 27 November 2026, UTC." in said
    assert "Until the end of 27 November 2026, UTC our people enter" in said
    assert "28 November" not in said


def test_once_it_is_over_the_page_is_about_leaving(api: Api) -> None:
    change(api.world, Engagement, closed_at=NOON - timedelta(minutes=1))
    said = words(api)
    assert said.index("Remove the role") < said.index("Check that we are out")
    assert "in one of four forms" not in said
    assert "until 24 November 2026, 11:59 UTC" in said
    assert "Not checked yet" in said

    ask(api, CHECK, "nobody")
    assert "still lets us in" in words(api)

    del api.world.roles[ROLE_ARN]
    api.world.later(minutes=1)
    ask(api, CHECK, "nobody")
    assert "The role refuses us" in words(api)


def test_a_check_of_before_the_end_says_nothing_about_leaving(api: Api) -> None:
    ask(api, CHECK, "nobody")
    change(api.world, Engagement, closed_at=NOON + timedelta(minutes=1))
    api.world.later(minutes=2)

    assert "still lets us in" not in words(api)


def test_roles_that_were_ended_earlier_are_to_be_removed_as_well(api: Api) -> None:
    ended = a_role("deploy", arn=ROLE_ARN.replace("Contractor", "Deploy"), ended_at=NOON)
    api.world.add(ended)
    assert "DeployRole" not in words(api)

    change(api.world, Engagement, closed_at=NOON)
    assert "Delete the role: DeployRole" in words(api)


def test_an_engagement_without_roles_has_a_page_that_says_so(api: Api) -> None:
    api.world.add(a_role(ended_at=NOON))

    assert "nothing for you to do" in words(api)
    assert "to-do" not in {c for _, a in Words(shown(api).text).elements for c in classes(a)}


def classes(attributes: dict[str, str | None]) -> list[str]:
    return (attributes.get("class") or "").split()
