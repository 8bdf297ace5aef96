"""Enrol the prober, as every member is: with a code of a lead's, for tokens that nobody sees."""

from __future__ import annotations

from chalicelib.domain.prober.trials import Tokens
from chalicelib.usecases.prober.ports import ProberPorts

LABEL = "the prober"


def enrol_prober(ports: ProberPorts, code: str) -> None:
    """Exchange the code, and keep the tokens.

    The first token is rotated at once, so that there is one that has been revoked. AccessDenied for
    a code that is not taken; Unavailable if it is not known whether it was: another code is needed.
    """
    first = ports.api.enrol(code, LABEL)
    ports.safe.keep(Tokens(live=ports.api.rotate(first), dead=first))
