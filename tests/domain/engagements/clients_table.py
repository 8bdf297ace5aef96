"""Clients' names: equal, similar and different ones."""

from chalicelib.domain.engagements.engagements import is_similar_client_name, normalise_client_name
from tests.domain.rows import Row


def same(name: str, normalised: str) -> Row:
    return Row(repr(name), normalised, name)


def similar(name: str, other: str, *, expected: bool = True) -> Row:
    return Row(f"{name} and {other}", expected, name, other)


NORMALISED = [
    same("Acme", "acme"),
    same("  Acme   GmbH ", "acme gmbh"),
    same("ACME\tLtd", "acme ltd"),
    same("Straße", "strasse"),
    same("Acme-Ltd", "acme-ltd"),
]
SIMILAR = [
    similar("Acme", "ACME Ltd"),
    similar("ACME Ltd", "Acme"),
    similar("Acme Ltd", "Acme, Ltd."),
    similar("AcmeLtd", "Acme Ltd"),
    similar("Acme Labs", "Labs Acme"),
    similar("AcmeLtd", "Acme Ltd Europe"),
    similar("The Acme Group", "acme"),
    similar("acme", "The Acme Group"),
    similar("Acme Europe", "Globex Europe", expected=False),
    similar("Acme", "Globex", expected=False),
    similar("…", "Acme", expected=False),
    similar("Acme", "…", expected=False),
]

RULES = [
    (normalise_client_name, NORMALISED, 0),
    (is_similar_client_name, SIMILAR, 3),
]
