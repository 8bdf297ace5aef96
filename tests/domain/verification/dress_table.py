"""How a role answers to one external ID in the four dresses, and what follows, as tables."""

from __future__ import annotations

from chalicelib.domain.verification.probe_variants import (
    FULL,
    PLAIN,
    VARIANTS,
    ProbeVariant,
    SessionAttribute,
)
from chalicelib.domain.verification.proof import ProbeOutcome
from tests.domain.rows import Row

IN, NO, UNKNOWN = ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED, ProbeOutcome.UNKNOWN
TOO_LONG, REGION_OFF = ProbeOutcome.TOO_LONG, ProbeOutcome.REGION_DISABLED
WHO, TAGS = SessionAttribute.SOURCE_IDENTITY, SessionAttribute.TAGS
ONLY_WHO, ONLY_TAGS = ProbeVariant({WHO}), ProbeVariant({TAGS})


def told(
    full: ProbeOutcome, who: ProbeOutcome, tags: ProbeOutcome, bare: ProbeOutcome
) -> dict[ProbeVariant, ProbeOutcome]:
    return dict(zip(VARIANTS, (full, who, tags, bare), strict=True))


def answered(
    answer: object, full: ProbeOutcome, who: ProbeOutcome, tags: ProbeOutcome, bare: ProbeOutcome
) -> Row:
    says = f"both {full}, source identity {who}, tags {tags}, bare {bare}"
    return Row(says, answer, (told(full, who, tags, bare),))


ALTOGETHER = [
    answered(IN, IN, IN, IN, IN),
    answered(IN, NO, NO, NO, IN),
    answered(IN, IN, NO, NO, NO),
    answered(NO, NO, NO, NO, NO),
    answered(REGION_OFF, REGION_OFF, REGION_OFF, REGION_OFF, REGION_OFF),
    answered(REGION_OFF, NO, REGION_OFF, NO, REGION_OFF),
    answered(UNKNOWN, IN, REGION_OFF, IN, IN),
    answered(UNKNOWN, IN, UNKNOWN, IN, IN),
    answered(UNKNOWN, NO, NO, NO, UNKNOWN),
    answered(UNKNOWN, REGION_OFF, UNKNOWN, REGION_OFF, REGION_OFF),
    answered(UNKNOWN, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG),
    answered(UNKNOWN, IN, IN, IN, TOO_LONG),
]
WORN = [
    answered(FULL, IN, IN, IN, IN),
    answered(FULL, IN, NO, NO, NO),
    answered(ONLY_WHO, NO, IN, IN, IN),
    answered(ONLY_WHO, NO, IN, NO, NO),
    answered(ONLY_TAGS, NO, NO, IN, IN),
    answered(PLAIN, NO, NO, NO, IN),
    answered(PLAIN, UNKNOWN, TOO_LONG, REGION_OFF, IN),
    answered(None, NO, NO, NO, NO),
    answered(None, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
]
DEMANDED = [
    answered((), IN, IN, IN, IN),
    answered((), NO, NO, NO, IN),
    answered((WHO,), IN, IN, NO, NO),
    answered((WHO,), NO, IN, NO, NO),
    answered((TAGS,), IN, NO, IN, NO),
    answered((TAGS,), NO, NO, IN, NO),
    answered((WHO, TAGS), IN, NO, NO, NO),
    # One of the two is enough.
    answered((), IN, IN, IN, NO),
    answered((), NO, IN, IN, NO),
    # What is let in nowhere demands nothing that we could give.
    answered((), NO, NO, NO, NO),
    answered((), UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
]
