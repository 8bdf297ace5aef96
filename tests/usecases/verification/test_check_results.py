"""The result of a check for each trust policy, and its report: the grade, the causes, each finding
with its fix and its commands, and whether Daypass vends."""

from datetime import timedelta
from itertools import product

from msgspec.structs import replace

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.probe_variants import FULL, PLAIN
from chalicelib.domain.verification.proof import Check, Result, grade_results
from chalicelib.usecases.onboarding.client_setup import build_last_report
from chalicelib.usecases.verification.verify import verify_role
from tests.adapters.vending.trusts import (
    NAMES_PEOPLE,
    REFUSES_AGENTS,
    REQUIRES_ATTRIBUTES,
    UNSAFE_POLICIES,
    with_second_statement,
)
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
    results,
)
from tests.fakes import NOON, FakeRole
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.telling import Telling
from tests.usecases.verification.probing import checking, trust_policy_with

SAFE = FakeRole(EXTERNAL_ID)
NEXT, FORMER = "daypass-next", "daypass-former"
FIRST, SECOND = "daypass-first", "daypass-second"
NEVER = a_role(verification=None)
ROTATED = an_engagement(previous_external_id=FORMER)
UNDER_WAY = an_engagement(next_external_id=NEXT, previous_external_id=FORMER)
RETIRED = an_engagement(retired_external_ids=(FIRST, SECOND))
WITH_PATH = "arn:aws:iam::987654321098:role/team/audit/ContractorRole"
NO_IDENTITY = {"allows_source_identity": False}
NO_TAGS = {"allows_tags": False}
NEITHER = NO_IDENTITY | NO_TAGS


def trusting(change):
    """Return a scene whose role has the requested trust policy with this change."""
    return checking(FakeRole("", trust=trust_policy_with(change)), NEVER)


def accepting(external_id, variant):
    """Return a trust policy with a second statement for this ID, in one variant if it is given."""
    conditions = {"StringEquals": {"sts:ExternalId": external_id}}
    if variant is not None:
        conditions["Null"] = {
            "sts:SourceIdentity": str("source-identity" not in variant).lower(),
            "aws:TagKeys": str("session-tags" not in variant).lower(),
        }
    return trust_policy_with(with_second_statement(Effect="Allow", Condition=conditions))


TRUSTS = {
    "is as requested": {},
    "refuses a source identity": NO_IDENTITY,
    "refuses tags": NO_TAGS,
    "gives half an hour": {"max_session_duration": 1800},
    "accepts the previous ID": {"second_external_id": FORMER},
    "refuses attributes and gives half an hour": NEITHER | {"max_session_duration": 1800},
    "accepts any ID": {"accepts_any_external_id": True},
    "needs no ID": {"requires_external_id": False},
    "ignores the ID's case": {"ignores_case": True},
    "requires another ID": {"external_id": "daypass-other"},
    "is in a region that is off": {"region_disabled": True},
    "is in another account": {"actual_account": "111122223333"},
}
EARLIER = {
    "never": None,
    "passed": a_verification(),
    "passed with an earlier ID": a_verification(external_id="daypass-before"),
    "was not safe": a_verification(results=results("wrong-external-id")),
    "was of another role": a_verification(role_arn="arn:aws:iam::987654321098:role/Moved"),
}
LACKED = {
    "refuses a source identity": (NO_IDENTITY, []),
    "refuses tags": (NO_TAGS, []),
    "refuses both": (NEITHER, []),
    "refuses both, and refused tags": (NEITHER, ["session-tags"]),
    "refuses both, and refused a source identity": (NEITHER, ["source-identity"]),
    "refuses both as before": (NEITHER, ["source-identity", "session-tags"]),
    "refuses both, and was not safe": (NEITHER, ["no-external-id"]),
}


def situations():
    scenes = {
        f"The role {name} ({before})": checking(
            replace(SAFE, **trust), ROTATED, a_role(verification=EARLIER[before])
        )
        for (name, trust), before in product(TRUSTS.items(), ("never", "passed"))
    }
    for name, verification in EARLIER.items():
        role = a_role(verification=verification)
        scenes[f"The role is missing, and before: {name}"] = checking(None, role)
    for name, (trust, failed) in LACKED.items():
        role = a_role(verification=a_verification(results=results(*failed)))
        scenes[f"The role accepted before, and now {name}"] = checking(replace(SAFE, **trust), role)
    policies = UNSAFE_POLICIES | REQUIRES_ATTRIBUTES | REFUSES_AGENTS | NAMES_PEOPLE
    scenes |= {f"Trust policy: {name}": trusting(change) for name, change in policies.items()}
    for retired, variant in product((FIRST, SECOND), (None, FULL, PLAIN)):
        form = "any" if variant is None else " ".join(sorted(variant))
        scenes[f"The role accepts {retired} ({form})"] = checking(
            replace(SAFE, trust=accepting(retired, variant)), RETIRED, NEVER
        )
    digits = an_engagement(external_id="2222-3333")
    moved = a_role(arn=WITH_PATH, verification=None)
    imported = an_engagement(external_id_imported=True)
    denied = checking(FakeRole("daypass-other"), UNDER_WAY, NEVER)
    denied.world.may_assume = False
    ended = a_role(requested_ends=(NOON,))
    ending = a_role(requested_ends=(NOON + timedelta(seconds=1),))
    return scenes | {
        "The external ID has no letters": checking(FakeRole("2222-3333"), digits, NEVER),
        "The role refuses retired IDs": checking(SAFE, RETIRED, NEVER),
        "The role accepts a retired ID alone": checking(FakeRole(FIRST), RETIRED, NEVER),
        "The role accepts the next ID alone": checking(FakeRole(NEXT), UNDER_WAY, NEVER),
        "The role accepts the previous ID alone": checking(FakeRole(FORMER), UNDER_WAY, NEVER),
        "The role has the ID in another case": checking(
            FakeRole(EXTERNAL_ID.swapcase()), UNDER_WAY, NEVER
        ),
        "The role has no path": checking(SAFE, moved),
        "Daypass's own permission is missing": denied,
        "The role is missing, and its ID imported": checking(None, imported, NEVER),
        "The role is missing, and its end has passed": checking(None, ended),
        "The role is missing a second before its end": checking(None, ending),
    }


def vend(scene):
    try:
        scene.vend()
    except DaypassError as refusal:
        return refusal.reason
    (terms, _) = scene.world.issued[-1]
    tags = "tags" if terms.tags else "no tags"
    return f"vended with {terms.source_identity or 'no source identity'} and {tags}"


def test_the_result_for_each_trust_policy_is_as_its_file_says():
    lines = []
    for name, scene in situations().items():
        verification = scene.do(verify_role, "acme-prod", "readonly").verification
        details = scene.last_entry.details
        left_out = [check for check in Check if check not in verification.results]
        report = build_last_report(scene.ports, "acme-prod", "readonly")
        lines += [f"# {name}: {grade_results(verification.results)}, {vend(scene)}"]
        lines += [f"{key}: {details[key]}" for key in ("failed", "causes") if key in details]
        lines += [f"without: {' '.join(left_out)}", *report.remarks]
        assert details["passed"] == str(verification.passed).lower()
        assert details.get("causes", "").split() == [*verification.causes]
    hold_against_file("verification/results.txt", "\n".join(lines))


def test_later_checks_still_know_that_a_role_had_worked():
    scene = checking(None)
    checks = [scene.do(verify_role, "acme-prod", "readonly").verification for _ in range(3)]
    ((cause, *_),) = {check.causes for check in checks}
    assert cause == "role-missing"


REFUSED = {Check.RIGHT_ID: Result.FAILED}
ALL = results(without=())
NEVER_IN = ("just-changed", "role-missing", "external-id")


def reported(results, *causes, engagement=None):
    return report_on(a_verification(results=results, causes=causes), engagement)


def report_on(proof, engagement=None):
    scene = a_scene(engagement or an_engagement(), a_role(verification=proof))
    return build_last_report(scene.ports, "acme-prod", "readonly")


def test_a_role_that_was_never_checked_has_no_report():
    assert report_on(None) is None


def lines_of(line, shown):
    """Return the line's texts, with its commands if they were not shown yet."""
    how_to_tell = getattr(line, "how_to_tell", "")
    fix = f"Fix: {line.fix}" if line.fix else ""
    commands = "(the same commands)" if line.commands in shown else line.commands
    shown += [line.commands] if line.commands else []
    return [*filter(None, (line.message, how_to_tell, fix, commands))]


def test_the_report_on_each_check_and_cause_is_as_its_file_says():
    lines, shown = [], []
    for passed in reported(ALL).lines:
        failing = reported(results(passed.check, without=()))
        (failed,) = (line for line in failing.lines if line.result == "failed")
        assert failing.grade == ("B" if failing.passed else "F")
        lines += [f"# {passed.check}", *lines_of(passed, shown), *lines_of(failed, shown)]
        lines += [] if failing.passed else ["The role is not verified."]
    for cause in Cause:
        (likely,) = reported(REFUSED, cause).causes
        lines += [f"# {likely.cause}", *lines_of(likely, shown)]
    hold_against_file("verification/report.txt", "\n".join(lines))


ELSEWHERE = an_engagement(external_id_imported=True)
FEW = {Check.TAGS: Result.PASSED, Check.NO_ID: Result.FAILED, Check.RIGHT_ID: Result.PASSED}


def test_the_whole_report_is_as_its_file_says():
    story = Telling()
    for made, causes, engagement in (
        (FEW, (), None),
        (REFUSED, NEVER_IN, None),
        (REFUSED, ("our-permission",), None),
        (results("session-tags"), ("session-tags",), None),
        (ALL, (), None),
        (ALL, (), ELSEWHERE),
        (REFUSED, (), ELSEWHERE),
    ):
        story.do(reported, made, *causes, engagement=engagement)
    story.hold("verification/whole-report")


@every(
    "proof, engagement, is_current",
    [
        (a_verification(), an_engagement(), True),
        (a_verification(results=REFUSED), an_engagement(), True),
        (a_verification(), an_engagement(next_external_id="daypass-next"), True),
        (a_verification(role_arn=ROLE_ARN + "2"), an_engagement(), False),
        (a_verification(external_id="daypass-before"), an_engagement(), False),
        (a_verification(), an_engagement(external_id="daypass-new"), False),
    ],
)
def test_a_report_from_before_a_change_is_not_current(proof, engagement, *, is_current):
    assert report_on(proof, engagement).is_current is is_current
