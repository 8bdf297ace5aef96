"""Make an enrolment code: its hash to keep, and its text to show once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.one_time_secrets import Life, hash_of
from chalicelib.domain.people.enrolments import Enrolment, code_text
from chalicelib.domain.people.tokens import SECRET_BYTES
from chalicelib.domain.things import Inline, ShownOnce, Thing
from chalicelib.usecases.ports import Ports

LIFE = Life(
    usual=timedelta(hours=24),
    longest=timedelta(days=7),
    shortest=timedelta(minutes=10),
    refusal="An enrolment code lives for 10 minutes at least, and for 7 days at most.",
)


class NewEnrolment(Thing, frozen=True):
    """A code at the one moment at which its text is known."""

    enrolment: Inline[Enrolment] = field(name="of")
    code: ShownOnce[
        Annotated[
            str,
            Meta(
                description="To be sent to the member. Shown this once; Daypass keeps only its"
                " SHA-256."
            ),
        ]
    ]


def make_enrolment(
    ports: Ports,
    member: str,
    *,
    made_by: str,
    made_with: str = "",
    expires_at: datetime | None = None,
    over: Enrolment | None = None,
) -> NewEnrolment:
    """The member's next code, in place of the one before: 24 hours unless told otherwise.

    InvalidRequest for less than 10 minutes or more than 7 days.
    """
    now = ports.now()
    text = code_text(member, ports.random(SECRET_BYTES))
    enrolment = Enrolment(
        member=member,
        hash=hash_of(text),
        made_by=made_by,
        made_with=made_with,
        created_at=now,
        expires_at=LIFE.end(now, expires_at),
        version=1 if over is None else over.version + 1,
    )
    return NewEnrolment(enrolment, text)
