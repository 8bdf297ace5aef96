"""A role's answers to one external ID in several forms, and the conclusions."""

from chalicelib.domain.verification.probe_variants import (
    FULL,
    PLAIN,
    VARIANTS,
    ProbeVariant,
    SessionAttribute,
    combine_outcomes,
    find_required_attributes,
    find_vend_variant,
)
from chalicelib.domain.verification.proof import ProbeOutcome
from tests.domain.rows import Row

IN, NO, TOO_LONG, REGION_OFF, UNKNOWN = ProbeOutcome
SOURCE_IDENTITY, TAGS = SessionAttribute.SOURCE_IDENTITY, SessionAttribute.TAGS
ONLY_SOURCE_IDENTITY, ONLY_TAGS = ProbeVariant({SOURCE_IDENTITY}), ProbeVariant({TAGS})


def outcomes(
    full: ProbeOutcome, source_identity: ProbeOutcome, tags: ProbeOutcome, plain: ProbeOutcome
) -> dict[ProbeVariant, ProbeOutcome]:
    return dict(zip(VARIANTS, (full, source_identity, tags, plain), strict=True))


def row(
    expected: object,
    full: ProbeOutcome,
    source_identity: ProbeOutcome,
    tags: ProbeOutcome,
    plain: ProbeOutcome,
) -> Row:
    name = f"both {full}, source identity {source_identity}, tags {tags}, plain {plain}"
    return Row(name, expected, outcomes(full, source_identity, tags, plain))


def combined(expected: object, *answers: ProbeOutcome) -> Row:
    return Row(", ".join(answers), expected, answers)


COMBINED = [
    combined(IN, IN, IN, IN, IN),
    combined(IN, NO, NO, NO, IN),
    combined(NO, NO, NO, NO, NO),
    combined(REGION_OFF, NO, REGION_OFF, NO, REGION_OFF),
    combined(UNKNOWN, IN, REGION_OFF, IN, IN),
    combined(UNKNOWN, NO, NO, NO, UNKNOWN),
    combined(UNKNOWN, IN, IN, IN, TOO_LONG),
]
FOR_VENDS = [
    row(FULL, IN, IN, IN, IN),
    row(ONLY_SOURCE_IDENTITY, NO, IN, IN, IN),
    row(ONLY_TAGS, NO, NO, IN, IN),
    row(PLAIN, UNKNOWN, TOO_LONG, REGION_OFF, IN),
    row(None, NO, NO, NO, NO),
]
REQUIRED = [
    row((), IN, IN, IN, IN),
    row((SOURCE_IDENTITY,), IN, IN, NO, NO),
    row((TAGS,), IN, NO, IN, NO),
    row((SOURCE_IDENTITY, TAGS), IN, NO, NO, NO),
    # Either of the two is enough.
    row((), IN, IN, IN, NO),
    # If no variant is accepted, no attribute is known to be required.
    row((), NO, NO, NO, NO),
]

RULES = [
    (combine_outcomes, COMBINED, 5),
    (find_vend_variant, FOR_VENDS, 1),
    (find_required_attributes, REQUIRED, 3),
]
