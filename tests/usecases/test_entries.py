"""The trail entry of every change: its engagement, role, subject and details."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.usecases.admission import LEADS, admit
from chalicelib.usecases.recording import new_id
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import ROLE_ARN, a_scene, an_enrolment
from tests.golden import hold_against_file
from tests.usecases.changes_table import CHANGES, LENAS, TO_THEMSELVES, two_leads
from tests.usecases.verification.probing import Unanswered

GENERATED = re.compile("[0-9a-f]{12}|daypass-.{32}")
ABOUT = ("engagement", "role", "subject", "reason", "vend")


@pytest.mark.golden
def test_the_entry_of_each_change_is_as_its_file_says() -> None:
    lines = []
    for name, change in (CHANGES | TO_THEMSELVES).items():
        scene = two_leads()
        before = repr(scene.world.items) + an_enrolment().id
        scene.do(change)
        entry = scene.last_entry
        assert (entry.actor, entry.action, entry.outcome) == ("lena", name.split()[0], Outcome.DONE)
        assert (entry.token, entry.address) == (LENAS, "203.0.113.7")
        fields = {name: getattr(entry, name) for name in ABOUT}
        lines += [f"# {name}", *(f"{name}: {text}" for name, text in fields.items() if text)]
        for name, text in entry.details.items():
            is_new = GENERATED.fullmatch(text) and text not in before
            lines.append(f"  {name}: {'(new)' if is_new else text}")
    hold_against_file("trail/changes.txt", "\n".join(lines))


def test_every_entry_of_a_verification_is_about_the_role() -> None:
    scene = a_scene()
    scene.do(verify_role, "acme-prod", "readonly")
    ports = replace(scene.ports, sts=Unanswered(scene.world, ROLE_ARN))
    with pytest.raises(Unavailable):
        verify_role(ports, scene.caller(), "acme-prod", "readonly")
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
