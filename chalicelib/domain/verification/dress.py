"""What a request tells of who asks, beside the external ID: a trust policy can hang on all of it.

A check finds out how much the role takes, and whether one gets in by it without the external ID.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.domain.identifiers import RECORD_ID_BYTES, session_name, session_tags
from chalicelib.domain.moments import SHORTEST_SESSION
from chalicelib.domain.things import Secret, Thing
from chalicelib.domain.verification.proof import Answer, Check


class Part(StrEnum):
    """What a request may tell of who asks, beside the session's name, which it always tells."""

    SOURCE_IDENTITY = "source-identity"
    TAGS = "session-tags"


CHECK_OF: Mapping[Part, Check] = {
    Part.SOURCE_IDENTITY: Check.SOURCE_IDENTITY,
    Part.TAGS: Check.TAGS,
}
"""The check that finds out whether a role takes the part."""
Dress = frozenset[Part]
"""The parts that one request tells."""
BARE: Dress = frozenset()
FULL: Dress = frozenset(Part)
# The best first: a vend wears the first of them that the role takes.
DRESSES: tuple[Dress, ...] = (
    FULL,
    frozenset({Part.SOURCE_IDENTITY}),
    frozenset({Part.TAGS}),
    BARE,
)

NAME_BYTES = 12
STRANGER_BYTES = NAME_BYTES + RECORD_ID_BYTES


class Probe(Thing, frozen=True, kw_only=True):
    """A request to assume a role, of whose session nothing is kept. `duration` is in seconds."""

    role_arn: str
    external_id: Secret[str | None]
    session_name: str
    source_identity: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    duration: int = SHORTEST_SESSION


class Asker(Thing, frozen=True, kw_only=True):
    """Whom the probes of one check act for, at this engagement."""

    member: str
    engagement: str
    session_name: str

    def probe(
        self, role_arn: str, external_id: str | None, dress: Dress, duration: int = SHORTEST_SESSION
    ) -> Probe:
        """Return what a vend in this dress sends, so that no trust policy tells the two apart."""
        return Probe(
            role_arn=role_arn,
            external_id=external_id,
            session_name=self.session_name,
            source_identity=self.member if Part.SOURCE_IDENTITY in dress else None,
            tags=session_tags(self.member, self.engagement) if Part.TAGS in dress else (),
            duration=duration,
        )


def stranger(random: bytes, engagement: str) -> Asker:
    """Return somebody made up of 20 random bytes, so that nobody who exists is seen to try a door
    (`docs/decisions/0021-a-check-dressed-as-a-vend.md`)."""
    if len(random) != STRANGER_BYTES:
        raise ValueError("a stranger is made of 20 random bytes")
    name = "".join(chr(ord("a") + byte % 26) for byte in random[:NAME_BYTES])
    return asker(name, random[NAME_BYTES:], engagement)


def asker(member: str, random: bytes, engagement: str) -> Asker:
    """The member, with a session's name that 8 random bytes make another each time."""
    if len(random) != RECORD_ID_BYTES:
        raise ValueError("a session's name is made of 8 random bytes")
    return Asker(
        member=member, engagement=engagement, session_name=session_name(member, random.hex())
    )


def altogether(answers: Mapping[Dress, Answer]) -> Answer:
    """Return how a role answers to one external ID in whatever dress: let in if any is and the
    others are let in or refused; refused only if all are."""
    told = set(answers.values())
    if told <= {Answer.LET_IN, Answer.REFUSED}:
        return Answer.LET_IN if Answer.LET_IN in told else Answer.REFUSED
    if told <= {Answer.REGION_DISABLED, Answer.REFUSED}:
        return Answer.REGION_DISABLED
    return Answer.UNKNOWN


def worn_by_a_vend(answers: Mapping[Dress, Answer]) -> Dress | None:
    """The best dress in which the right external ID is let in; None if it is in none."""
    return next((dress for dress in DRESSES if answers.get(dress) is Answer.LET_IN), None)


def demanded(answers: Mapping[Dress, Answer]) -> tuple[Part, ...]:
    """The parts without which the right external ID is not let in, though it is with them."""
    let_in = [dress for dress in DRESSES if answers.get(dress) is Answer.LET_IN]
    return tuple(part for part in Part if let_in and all(part in dress for dress in let_in))
