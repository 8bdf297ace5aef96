"""Valid enrolment codes and lead rights: one row for each fact that decides."""

# ruff: noqa: FBT001, FBT003 - the rows' answers

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.people.enrolments import (
    CodeProblem,
    Enrolment,
    find_code_problem,
    is_presented_code,
)
from chalicelib.domain.people.identities import challenge_of
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.trail import OPERATOR
from tests.builders import AFTER, a_member, a_token, an_enrolment
from tests.domain.rows import Row
from tests.fakes import NOON

TICK = timedelta(microseconds=1)
VERIFIER = "the-verifier-that-only-the-command-has-43-c"
CHALLENGE = challenge_of(VERIFIER)
LENA = a_member("lena", kind=Kind.LEAD)


def leading(name: str, answer: bool, **changes: Any) -> Row:
    """A row about lena, a lead from the first, who created something at noon."""
    return Row(name, answer, replace(LENA, **changes), NOON)


LEADING = [
    leading("a lead", True),
    leading("an auditor", False, kind=Kind.AUDITOR),
    leading("suspended", False, suspended_at=AFTER),
    leading("revoked since", False, tokens_from=NOON + TICK),
    leading("revoked at that moment", True, tokens_from=NOON),
    leading("stepped down since, and back", False, leads_from=NOON + TICK),
    leading("a lead from that moment on", True, leads_from=NOON),
]


def shown(name: str, answer: CodeProblem | None, /, **changes: Any) -> Row:
    """A row about alice's code from lena, valid except for the given changes."""
    facts = {"enrolment": an_enrolment(created_at=NOON), "member": a_member("alice"), "maker": LENA}
    fields = {"now": NOON, "made_with": a_token("lena")} | facts | changes
    names = ("enrolment", "member", "maker", "made_with", "now")
    return Row(name, answer, *tuple(fields[field] for field in names))


def code(**changes: Any) -> Any:
    return an_enrolment(**({"created_at": NOON} | changes))


def own(name: str, answer: CodeProblem | None, /, **changes: Any) -> Row:
    """A row about a code that alice got in her own browser."""
    usual = {
        "enrolment": code(made_by="alice", challenge=CHALLENGE),
        "maker": a_member("alice"),
        "made_with": a_token(),
    }
    return shown(name, answer, **(usual | changes))


GONE = a_member("alice", suspended_at=NOON, tokens_from=NOON + TICK)
FLAWS = [
    shown("a good code", None),
    shown("revoked", CodeProblem.REVOKED, enrolment=code(revoked_at=NOON)),
    shown("made with a token that is revoked", CodeProblem.MAKER_REVOKED,
          made_with=a_token("lena", revoked_at=NOON)),
    shown("made with a token that is not there", CodeProblem.MAKER_REVOKED, made_with=None),
    shown("of before the member was suspended", CodeProblem.MEMBER_REVOKED,
          member=a_member("alice", tokens_from=NOON + TICK)),
    shown("made with the member", None, member=a_member("alice", tokens_from=NOON)),
    shown("its maker is no lead", CodeProblem.MAKER_REVOKED, maker=a_member("lena")),
    shown("its maker is not there", CodeProblem.MAKER_REVOKED, maker=None),
    shown("the operator's", None, enrolment=code(made_by=OPERATOR), maker=None),
    shown("the operator's, used", CodeProblem.USED,
          enrolment=code(made_by=OPERATOR, used_at=NOON), maker=None),
    own("from the member's own browser", None),
    own("after a sign-in that is revoked", CodeProblem.MAKER_REVOKED,
        made_with=a_token(revoked_at=NOON)),
    own("after a sign-in that has ended", CodeProblem.MAKER_REVOKED,
        made_with=a_token(expires_at=NOON)),
    own("after a sign-in that is not there", CodeProblem.MAKER_REVOKED, made_with=None),
    own("from another member's browser", CodeProblem.MAKER_REVOKED,
        enrolment=code(made_by="lena", challenge=CHALLENGE)),
    # The problem that alerts the leads comes first.
    shown("expired comes before suspended", CodeProblem.EXPIRED,
          enrolment=code(expires_at=NOON), member=GONE, maker=None),
    shown("suspended comes before what goes with it", CodeProblem.MEMBER_SUSPENDED,
          member=GONE, maker=None),
]  # fmt: skip

FOR_COMMAND = [
    Row("a lead's code", True, an_enrolment(), None),
    Row("a lead's code, for a command that waits for another", False, an_enrolment(), VERIFIER),
    Row("for this command", True, an_enrolment(challenge=CHALLENGE), VERIFIER),
    Row("for another command", False, an_enrolment(challenge=CHALLENGE), VERIFIER[::-1]),
    Row("for a command that proves nothing", False, an_enrolment(challenge=CHALLENGE), None),
]

ALICES = PresentedToken("alice", an_enrolment().hash)
IS_FOR = [
    Row("alice's code", True, an_enrolment(), ALICES),
    Row("another of alice's", False, an_enrolment(), replace(ALICES, hash="0" * 64)),
    Row("filed under bob", False, an_enrolment("bob", hash=ALICES.hash), ALICES),
]

RULES = [
    (Member.has_led_continuously_since, LEADING, 8),
    (is_presented_code, IS_FOR, 2),
    (find_code_problem, FLAWS, 14),
    (Enrolment.is_for, FOR_COMMAND, 1),
    (find_code_problem, FLAWS, 3, "find_problem_without_maker"),
]
