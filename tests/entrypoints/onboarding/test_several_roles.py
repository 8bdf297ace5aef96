"""A client's page with several roles: what is the same is said once, what can wait is folded."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Result
from tests.builders import EXTERNAL_ID, a_role, a_verification, an_asked_for, results
from tests.entrypoints.driver import Api
from tests.entrypoints.onboarding.reading import change, shown, words

PASSED = a_verification()
UNSAFE = a_verification(results=results(Check.NO_ID))
REFUSED = a_verification(results={Check.RIGHT_ID: Result.FAILED}, causes=(Cause.ROLE_MISSING,))
NAMES = ("audit", "deploy", "readonly")
WAYS_OUT = ("Delete the role", "Shut the door, keep the role", "Cut off the sessions that run")


class Folded(HTMLParser):
    """In how many closed parts of the page each id stands, and each text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.of_ids: dict[str, int] = {}
        self.of_words: list[tuple[str, int]] = []
        self._parts: list[bool] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        attributes = dict(attrs)
        if tag == "details":
            self._parts.append("open" not in attributes)
        if "id" in attributes:
            self.of_ids[attributes["id"]] = sum(self._parts)

    def handle_endtag(self, tag: str) -> None:
        if tag == "details":
            self._parts.pop()

    def handle_data(self, data: str) -> None:
        self.of_words.append((data, sum(self._parts)))

    def of(self, beginning: str) -> list[int]:
        return [depth for text, depth in self.of_words if text.startswith(beginning)]


def with_roles(api: Api, *proofs: Any, **changes: Any) -> None:
    """Roles named as above, of which each was checked with this result, or never."""
    for name, proof in zip(NAMES, proofs, strict=True):
        arn = f"arn:aws:iam::987654321098:role/daypass-{name}"
        role = a_role(name, arn=arn, verification=None, **changes)
        if proof is not None:
            role = a_role(name, arn=arn, verification=proof_of(arn, proof), **changes)
        api.world.add(role, an_asked_for(role=name, permissions=PermissionSet.SECURITY_AUDIT))


def proof_of(arn: str, proof: Any) -> Any:
    return a_verification(role_arn=arn, results=proof.results, causes=proof.causes)


def folded(api: Api) -> Folded:
    return Folded(shown(api).text)


@pytest.mark.parametrize(
    "says",
    [
        "One role of ours: arn:aws:iam::123456789012:role/daypass-broker",
        "That is how AWS writes “this account”",
        f"Only if it shows the external ID {EXTERNAL_ID}",
        "This is not a secret",
        "We ask AWS for 1 hour at most",
        "refuses us without it and with the wrong ones that we tried, and your CloudTrail",
    ],
)
def test_what_is_the_same_of_every_role_is_said_once(api: Api, says: str) -> None:
    with_roles(api, PASSED, PASSED, PASSED)
    assert words(api).count(says) == 1
    assert words(api).count("until the end: as every role.") == 3
    assert words(api).count("Grade A") == 3


def test_how_long_sessions_last_is_said_of_each_role_where_it_is_not_the_same(api: Api) -> None:
    with_roles(api, None, None, None)
    api.world.add(
        a_role("deploy", arn="arn:aws:iam::987654321098:role/daypass-deploy", max_session=900)
    )
    assert words(api).count("We ask AWS for 1 hour at most") == 2
    assert words(api).count("We ask AWS for 15 minutes at most") == 1


@pytest.mark.parametrize(
    ("proofs", "next_one"),
    [
        ((None, None, None), "audit"),
        ((PASSED, None, None), "deploy"),
        ((None, PASSED, REFUSED), "readonly"),
        ((PASSED, PASSED, PASSED), None),
    ],
    ids=["none was checked", "the first is done", "one fails", "all are in order"],
)
def test_the_forms_of_the_role_that_is_next_are_open_and_no_others(
    api: Api, proofs: tuple[Any, ...], next_one: str | None
) -> None:
    with_roles(api, *proofs)
    found = folded(api).of_ids
    assert {name: found[f"create-{name}"] for name in NAMES} == {
        name: 0 if name == next_one else 1 for name in NAMES
    }


def test_the_findings_of_the_role_that_is_next_are_open_and_no_others(api: Api) -> None:
    with_roles(api, PASSED, REFUSED, UNSAFE)
    page = folded(api)
    assert page.of("There is no role of this name and path") == [0]
    assert page.of("What was found, and what to do") == [1]
    (unsafe,) = [d for text, d in page.of_words if "WITHOUT an external ID" in text]
    assert unsafe == 1


def test_what_came_of_a_check_is_never_folded(api: Api) -> None:
    with_roles(api, PASSED, REFUSED, UNSAFE)
    page = folded(api)
    assert [page.of_ids[f"title-{name}"] for name in NAMES] == [0, 0, 0]
    assert page.of("Not passed") == [0, 0, 0]  # what is to be done, and two roles
    assert len(page.of("Grade F")) == 2


def test_each_role_has_all_its_ways_out(api: Api) -> None:
    with_roles(api, None, None, None)
    said = words(api)
    for name in NAMES:
        assert said.count(f"End our access through daypass-{name}") == 1
        for way in WAYS_OUT:
            assert f"{way}: daypass-{name}" in said


def test_the_first_of_several_new_trust_policies_is_open(api: Api) -> None:
    with_roles(api, PASSED, PASSED, PASSED)
    change(api.world, Engagement, next_external_id="daypass-next")
    assert folded(api).of("Commands: new trust policy for daypass-") == [0, 1, 1]
