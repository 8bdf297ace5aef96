"""The probes of a full check: their order, forms and identity, and those without an answer."""

from __future__ import annotations

import secrets

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.members import Member
from chalicelib.domain.verification.probe_variants import (
    FULL,
    PLAIN,
    VARIANTS,
    Probe,
    ProbeVariant,
)
from chalicelib.domain.verification.proof import Check, ProbeOutcome, ProbeResult, Result
from chalicelib.domain.verification.verification import Verification
from chalicelib.domain.verification.wrong_ids import (
    CALLS_PER_FULL_CHECK,
)
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import (
    EXTERNAL_ID,
    Scene,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
)
from tests.fakes import FakeRole, FakeSts
from tests.rows import every
from tests.usecases.refusals import refusal_of
from tests.usecases.verification.probing import Probing, Script, Sent, is_vended_from, probes_sent

SAFE = FakeRole(EXTERNAL_ID)
FORMER = "daypass-former"
ROTATED = an_engagement(previous_external_id=FORMER)


def test_each_check_has_its_own_made_up_identity() -> None:
    scene = a_scene()
    sts = Probing(scene.world)
    identities = []
    ports = replace(scene.ports, sts=sts, random=secrets.token_bytes)
    for _ in range(2):
        sts.sent.clear()
        verify_role(ports, scene.caller(), "acme-prod", "readonly")
        names = list(dict.fromkeys(probe.request.session_name for probe in sts.sent))
        member, _, vend = names[0].partition(".")
        assert names == [f"{member}.{vend}", f"{member}.{vend}.agent"]
        assert scene.get(Member, member) is None
        for probe in sts.sent:
            assert probe.request.source_identity in (None, member)
            tags = (("DaypassMember", member), ("DaypassEngagement", "acme-prod"))
            assert probe.request.tags in ((), tags)
        assert scene.entries[-2].details["session_names"] == " ".join(names)
        identities.append((member, vend))
    (probe, first), (second, second) = identities
    assert probe != second
    assert first != second


def test_the_wrong_external_id_is_new_for_each_check() -> None:
    sent = probes_sent(SAFE, times=2)
    wrong = [sent[13].external_id, sent[13 + CALLS_PER_FULL_CHECK].external_id]
    real = {engagement.external_id for engagement in list_all(a_scene().ports.state, Engagement)}
    assert EXTERNAL_ID in real
    assert len(real | set(wrong)) == len(real) + 2


# An unanswered probe neither proves nor disproves anything about a role.


ROTATED_ONCE = an_engagement(
    previous_external_id="daypass-former", retired_external_ids=("daypass-retired",)
)
IN, NO, UNKNOWN = ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED, ProbeOutcome.UNKNOWN


class InNoAccount(FakeSts):
    """Accepts, and does not name the account."""

    def probe_account(self, probe: Probe) -> ProbeResult:
        return ProbeResult(self.probe(probe))


def answering(
    external_id: str | None = EXTERNAL_ID,
    *variants: ProbeVariant,
    outcome: ProbeOutcome = UNKNOWN,
    duration: int | None = None,
) -> Script:
    """Answer this for one external ID, in the given variants or in all."""

    def script(sent: Sent) -> ProbeOutcome | None:
        applies = (not variants or sent.variant in variants) and sent.duration == (duration or 900)
        return outcome if applies and sent.external_id == external_id else None

    return script


def after_the_first(outcome: ProbeOutcome, *variants: ProbeVariant) -> Script:
    """Answer this for the right external ID after its first probes in all variants."""

    def script(sent: Sent) -> ProbeOutcome | None:
        applies = sent.number >= len(VARIANTS) and (not variants or sent.variant in variants)
        return outcome if applies and sent.external_id == EXTERNAL_ID else None

    return script


def changed_for_agents(sent: Sent) -> ProbeOutcome | None:
    """Refuse the agent with the right external ID, except in the first such probe."""
    is_agent = sent.external_id == EXTERNAL_ID and sent.form.is_agent
    return NO if is_agent and sent.number > len(VARIANTS) else None


UNPROVEN: dict[str, Script] = {
    "right": answering(),
    "right, full variant": answering(EXTERNAL_ID, FULL),
    "right, plain variant": answering(EXTERNAL_ID, PLAIN),
    "right, with source identity": answering(EXTERNAL_ID, VARIANTS[1]),
    "right, with tags": answering(EXTERNAL_ID, VARIANTS[2]),
    "none": answering(None),
    "none, full variant": answering(None, FULL),
    "none, with source identity": answering(None, VARIANTS[1]),
    "none, as an agent": lambda sent: UNKNOWN if sent.number == 9 else None,
    "wrong, as an agent": lambda sent: UNKNOWN if sent.number == 20 else None,
    "right, as an agent, at first": lambda sent: UNKNOWN if sent.number == 4 else None,
    "other case": answering(EXTERNAL_ID.swapcase(), PLAIN),
    "twice": answering(EXTERNAL_ID * 2, FULL),
    "another last character": answering(EXTERNAL_ID[:-1] + "a", PLAIN),
    "all": lambda _: UNKNOWN,
    "previous": answering("daypass-former"),
    "previous, in one variant": answering("daypass-former", VARIANTS[2]),
    "retired": answering("daypass-retired"),
    "retired, too long": answering("daypass-retired", outcome=ProbeOutcome.TOO_LONG),
    "full hour": answering(duration=3600),
    "changed before the last": after_the_first(NO),
    "full variant changed before the last": after_the_first(NO, FULL),
    "plain variant changed before the last": after_the_first(NO, PLAIN),
    "with tags changed before the last": after_the_first(NO, VARIANTS[2]),
    "agents let in before the last": lambda sent: NO if sent.number == 4 else None,
    "agents refused before the last": changed_for_agents,
    "region turned off meanwhile": after_the_first(ProbeOutcome.REGION_DISABLED),
    "the first too long": answering(outcome=ProbeOutcome.TOO_LONG),
    "region turned off in one variant": answering(
        EXTERNAL_ID, FULL, outcome=ProbeOutcome.REGION_DISABLED
    ),
}


def proves_nothing(scene: Scene, sts: FakeSts) -> None:
    before = dict(scene.world.items)
    assert (
        refusal_of(
            Unavailable,
            verify_role,
            replace(scene.ports, sts=sts),
            scene.caller(),
            "acme-prod",
            "readonly",
        )
        == "aws-unreachable"
    )
    assert scene.world.items == before
    assert scene.story() == ["role.verify intended", "role.verify failed aws-unreachable"]


@every("what", UNPROVEN)
@every("before", [None, a_verification()])
def test_an_unanswered_probe_proves_and_disproves_nothing(
    what: str, before: Verification | None
) -> None:
    scene = a_scene(a_role(verification=before), ROTATED_ONCE)
    proves_nothing(scene, Probing(scene.world, UNPROVEN[what]))
    assert is_vended_from(scene) == (before is not None)


def test_a_session_in_an_unknown_account_proves_nothing() -> None:
    scene = a_scene()
    proves_nothing(scene, InNoAccount(scene.world))


@every("before", [None, a_verification()])
def test_a_hole_is_one_though_nothing_else_is_answered(before: Verification | None) -> None:
    scene = a_scene(a_role(verification=before), ROTATED_ONCE)
    hole = answering(None, FULL, outcome=IN)
    ports = replace(scene.ports, sts=Probing(scene.world, lambda sent: hole(sent) or UNKNOWN))
    role = verify_role(ports, scene.caller(), "acme-prod", "readonly")
    assert role.verification.results == {Check.NO_ID: Result.FAILED}
    assert not is_vended_from(scene)
