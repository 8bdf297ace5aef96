"""A client's page with several roles: no repeated terms, and later steps folded."""

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
from tests.entrypoints.onboarding.reading import change, page_text, shown

PASSED = a_verification()
UNSAFE = a_verification(results=results(Check.NO_ID))
REFUSED = a_verification(results={Check.RIGHT_ID: Result.FAILED}, causes=(Cause.ROLE_MISSING,))
NAMES = ("audit", "deploy", "readonly")
REMOVAL_TITLES = (
    "Delete the role",
    "Block new sessions, keep the role",
    "Revoke active sessions",
)


class Folded(HTMLParser):
    """The number of closed parts of the page around each ID and each text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.of_ids: dict[str, int] = {}
        self.of_texts: list[tuple[str, int]] = []
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
        self.of_texts.append((data, sum(self._parts)))

    def of(self, beginning: str) -> list[int]:
        return [depth for text, depth in self.of_texts if text.startswith(beginning)]


def with_roles(api: Api, *proofs: Any, **changes: Any) -> None:
    """Add a role for each name, with this result of its last check, or never checked."""
    for name, proof in zip(NAMES, proofs, strict=True):
        arn = f"arn:aws:iam::987654321098:role/daypass-{name}"
        role = a_role(name, arn=arn, verification=None, **changes)
        if proof is not None:
            role = a_role(name, arn=arn, verification=proof_of(arn, proof), **changes)
        api.world.add(role, an_asked_for(role=name, permissions=PermissionSet.SECURITY_AUDIT))


def proof_of(arn: str, proof: Any) -> Any:
    return a_verification(role_arn=arn, results=proof.results, causes=proof.causes)


def folded_page(api: Api) -> Folded:
    return Folded(shown(api).text)


@pytest.mark.parametrize(
    "sentence",
    [
        "Trusts one role of ours: arn:aws:iam::123456789012:role/daypass-broker",
        "In AWS’s notation that means the whole account",
        f"Requires the external ID {EXTERNAL_ID}",
        "The external ID is not a secret",
        "We ask AWS for at most 1 hour",
        "refuses us without it and with the wrong ones that we tried. Your CloudTrail",
    ],
)
def test_common_terms_appear_once(api: Api, sentence: str) -> None:
    with_roles(api, PASSED, PASSED, PASSED)
    assert page_text(api).count(sentence) == 1
    assert page_text(api).count("Terms for every role") == 1
    assert page_text(api).count("Grade A") == 3


def test_different_session_lengths_appear_with_each_role(api: Api) -> None:
    with_roles(api, None, None, None)
    api.world.add(
        a_role("deploy", arn="arn:aws:iam::987654321098:role/daypass-deploy", max_session=900)
    )
    assert page_text(api).count("We ask AWS for at most 1 hour") == 2
    assert page_text(api).count("We ask AWS for at most 15 minutes") == 1


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
def test_only_the_next_roles_formats_are_open(
    api: Api, proofs: tuple[Any, ...], next_one: str | None
) -> None:
    with_roles(api, *proofs)
    depths = folded_page(api).of_ids
    assert {name: depths[f"create-{name}"] for name in NAMES} == {
        name: 0 if name == next_one else 1 for name in NAMES
    }


def test_only_the_next_roles_findings_are_open(api: Api) -> None:
    with_roles(api, PASSED, REFUSED, UNSAFE)
    page = folded_page(api)
    assert page.of("The account has no role of this name and path") == [0]
    assert page.of("Findings and fixes") == [1]
    (unsafe,) = [d for text, d in page.of_texts if "WITHOUT an external ID" in text]
    assert unsafe == 1


def test_the_outcome_of_a_check_is_never_folded(api: Api) -> None:
    with_roles(api, PASSED, REFUSED, UNSAFE)
    page = folded_page(api)
    assert [page.of_ids[f"title-{name}"] for name in NAMES] == [0, 0, 0]
    assert page.of("Failed")[:3] == [0, 0, 0]  # the next step, and two roles
    assert len(page.of("Grade F")) == 2


def test_each_role_has_every_removal_option(api: Api) -> None:
    with_roles(api, None, None, None)
    text = page_text(api)
    for name in NAMES:
        assert text.count(f"Remove our access through daypass-{name}") == 1
        for title in REMOVAL_TITLES:
            assert f"{title}: daypass-{name}" in text


def test_the_first_of_several_new_trust_policies_is_open(api: Api) -> None:
    with_roles(api, PASSED, PASSED, PASSED)
    change(api.world, Engagement, next_external_id="daypass-next")
    assert folded_page(api).of("Commands: new trust policy for daypass-") == [0, 1, 1]
