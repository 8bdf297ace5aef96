"""The trail entry of every change: its engagement, role, subject and details."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.usecases.admission import LEADS, admit
from chalicelib.usecases.recording import new_id
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import ROLE_ARN, a_scene, an_enrolment
from tests.fakes import FakeSts
from tests.rows import every
from tests.usecases.changes_table import ALICES, CHANGES, LENAS, LINK, TO_THEMSELVES, two_leads

NEW = "(new)"  # any generated value
ENDS_AT = "2026-12-24T12:00:00Z"
DEPLOY = {
    "arn": "arn:aws:iam::987654321098:role/Deploy",
    "max_session": "3600",
    "requires_reason": "false",
    "allows_chaining": "false",
    "allows_links": "true",
}
LOST, OLD = "lost laptop", "old laptop"
GRANTED = {"roles": "readonly", "starts_at": "2026-11-24T12:00:00Z", "ends_at": ENDS_AT}
A_CODE = {"enrolment": NEW, "enrolment.expires_at": "2026-11-25T12:00:00Z"}
CODE = {"enrolment": NEW, "expires_at": "2026-11-25T12:00:00Z"}

Said = tuple[str, str, str, dict[str, str]]


def said(
    details: dict[str, str], *, engagement: str = "", role: str = "", subject: str = ""
) -> Said:
    return engagement, role, subject, details


ENTRIES: dict[str, Said] = {
    "member.create": said({"name": "Eve", "kind": "member"} | A_CODE, subject="eve"),
    "member.create lead": said({"name": "Eve", "kind": "lead"} | A_CODE, subject="eve"),
    "member.change": said({"name": "Alice B", "former_name": "Alice"}, subject="alice"),
    "member.change to lead": said({"kind": "lead", "former_kind": "member"}, subject="alice"),
    "member.change own name": said({"name": "Lena B", "former_name": "Lena"}),
    "member.change own kind": said({"kind": "member", "former_kind": "lead"}),
    "member.revoke": said({"said": LOST}, subject="alice"),
    "member.revoke own": said({"said": "leaving", "kind": "lead"}),
    "member.reinstate": said({}, subject="sam"),
    "enrolment.create": said(CODE, subject="alice"),
    "enrolment.create the first": said(CODE, subject="bob"),
    "enrolment.create own": said(CODE),
    "enrolment.revoke": said(
        {"enrolment": an_enrolment().id, "said": "wrong address"}, subject="alice"
    ),
    "token.rotate own": said(
        {
            "former_token": LENAS,
            "token": NEW,
            "expires_at": "2027-02-22T12:00:00Z",
            "former_expires_at": "2026-12-24T12:00:00Z",
        }
    ),
    "token.change own": said({"token": LENAS, "label": OLD, "former_label": "laptop"}),
    "token.revoke": said({"token": ALICES, "said": LOST}, subject="alice"),
    "token.revoke own": said({"token": LENAS, "said": LOST}),
    "engagement.create": said(
        {
            "client": "Initech",
            "account_id": "765432109876",
            "external_id": NEW,
            "external_id_imported": "false",
            "starts_at": "2026-11-24T12:00:00Z",
            "ends_at": "2026-11-25T12:00:00Z",
            "agents": "read-only",
            "cut_off": "none",
            "requires_client_approval": "false",
        },
        engagement="initech",
    ),
    "engagement.import": said(
        {
            "client": "Umbrella",
            "account_id": "765432109876",
            "external_id": "umbrella-7f3a91c4",
            "external_id_imported": "true",
            "role.readonly.arn": "arn:aws:iam::765432109876:role/Consultants",
            "role.readonly.max_session": "3600",
            "role.readonly.requires_reason": "false",
            "role.readonly.allows_chaining": "false",
            "role.readonly.allows_links": "true",
            "starts_at": "2026-11-24T12:00:00Z",
            "ends_at": "2026-11-25T12:00:00Z",
            "agents": "read-only",
            "cut_off": "none",
            "requires_client_approval": "false",
        },
        engagement="umbrella",
    ),
    "engagement.change": said(
        {"client": "Acme Ltd", "former_client": "Acme"}, engagement="acme-prod"
    ),
    "engagement.renew": said(
        {
            "ends_at": "2026-12-25T12:00:00Z",
            "former_ends_at": "2026-12-24T12:00:00Z",
            "outdated_policies": "readonly",
            "grants": "none",
            "said": "one day more",
        },
        engagement="acme-prod",
    ),
    "engagement.close": said({"said": "done"}, engagement="acme-prod"),
    "engagement.revoke": said({"said": "incident"}, engagement="acme-prod"),
    "engagement.reopen": said({"said": "one more thing"}, engagement="closed"),
    "external-id.rotate": said(
        {"next_external_id": NEW, "said": "once a year"}, engagement="acme-prod"
    ),
    "link.create": said(
        {"link": NEW, "expires_at": "2026-12-08T12:00:00Z"}, engagement="acme-prod"
    ),
    "link.revoke": said({"link": LINK, "said": "wrong person"}, engagement="acme-prod"),
    "role.create": said(DEPLOY, engagement="acme-prod", role="deploy"),
    "role.change": said(
        {"requires_reason": "true", "former_requires_reason": "false"},
        engagement="acme-prod",
        role="readonly",
    ),
    "role.end": said({"said": "gone"}, engagement="acme-prod", role="readonly"),
    "role.override": said(
        {"role_arn": ROLE_ARN, "until": "2026-11-25T12:00:00Z", "said": "the client is on it"},
        engagement="acme-prod",
        role="readonly",
    ),
    "role.verify": said(
        {"role_arn": ROLE_ARN, "passed": "true"}, engagement="acme-prod", role="readonly"
    ),
    "role.setup": said(
        {"permissions": "security-audit", "former_permissions": "read-basics"},
        engagement="acme-prod",
        role="readonly",
    ),
    "grant.create": said(GRANTED, engagement="acme-prod", subject="bob"),
    "grant.create own": said(GRANTED, engagement="acme-prod"),
    "grant.change": said(
        {"ends_at": "2026-11-25T12:00:00Z", "former_ends_at": ENDS_AT},
        engagement="acme-prod",
        subject="alice",
    ),
    "grant.revoke": said({"said": "moved on"}, engagement="acme-prod", subject="alice"),
}


@every("name", CHANGES | TO_THEMSELVES)
def test_an_entry_has_the_changes_details(name: str) -> None:
    scene = two_leads()
    (CHANGES | TO_THEMSELVES)[name](scene.ports, scene.caller())
    entry = scene.world.entries[-1]
    assert (entry.actor, entry.action, entry.outcome) == ("lena", name.split()[0], Outcome.DONE)
    engagement, role, subject, details = ENTRIES[name]
    assert (entry.engagement, entry.role, entry.subject) == (engagement, role, subject)
    assert set(entry.details) == set(details)
    assert with_new(entry.details, details) == details
    assert (entry.reason, entry.vend) == ("", "")
    assert (entry.token, entry.address) == (LENAS, "203.0.113.7")


def with_new(details: Any, expected: dict[str, str]) -> dict[str, str]:
    return {name: NEW if expected[name] is NEW and text else text for name, text in details.items()}


class Silent(FakeSts):
    """Answers no probe."""

    def probe(self, _: Probe) -> ProbeOutcome:
        return ProbeOutcome.UNKNOWN


def test_every_entry_of_a_verification_is_about_the_role() -> None:
    scene = a_scene()
    scene.do(verify_role, "acme-prod", "readonly")
    with pytest.raises(Unavailable):
        verify_role(
            replace(scene.ports, sts=Silent(scene.world)), scene.caller(), "acme-prod", "readonly"
        )
    outcomes = [entry.outcome.value for entry in scene.world.entries]
    assert outcomes == ["intended", "done", "intended", "failed"]
    for entry in scene.world.entries:
        assert (entry.actor, entry.engagement, entry.role) == ("lena", "acme-prod", "readonly")
        assert (entry.token, entry.address) == (LENAS, "203.0.113.7")


def test_no_two_entries_have_the_same_name() -> None:
    scene = a_scene()
    for _ in range(3):
        with pytest.raises(AccessDenied, match=Reason.LEAD_ONLY):
            admit(scene.ports, scene.origin("alice"), LEADS, Action.READ)
    assert len({entry.id for entry in scene.world.entries}) == 3


def test_a_name_is_64_random_bits_in_16_characters() -> None:
    items: list[int] = []
    scene = a_scene()

    def random(count: int) -> bytes:
        items.append(count)
        return bytes(count)

    assert new_id(replace(scene.ports, random=random)) == "0" * 16
    assert items == [8]
