"""Helpers that exchange enrolment codes."""

from typing import Any

import pytest

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import Caller, authenticate
from chalicelib.domain.people.tokens import parse_token
from chalicelib.domain.trail import Action
from chalicelib.usecases.admission import EVERYONE, admit
from chalicelib.usecases.people.enrol import Enrolled, enrol
from chalicelib.usecases.people.members import create_enrolment
from chalicelib.usecases.ports import RequestOrigin
from tests.builders import (
    Scene,
    an_enrolment,
    code_text_of,
)

HERE, THERE = "203.0.113.7", "198.51.100.9"
CODE = an_enrolment()


def got(scene: Scene, code: str = "", address: str = HERE, **more: Any) -> Enrolled:
    """Exchange alice's code, or another, for a token."""
    text = code or code_text_of("alice")
    return enrol(scene.ports, Enrol(code=text, label="laptop", **more), address=address)


def refused(scene: Scene, code: str = "", address: str = HERE) -> AccessDenied:
    with pytest.raises(AccessDenied) as refusal:
        got(scene, code, address)
    return refusal.value


def caller(scene: Scene, new: Enrolled) -> Caller:
    """Return the member that the token authenticates."""
    return admit(scene.ports, RequestOrigin(parse_token(new.text)), EVERYONE, Action.READ)


def is_let_in(scene: Scene, text: str) -> bool:
    claimed = parse_token(text)
    token, member = scene.ports.state.token_and_member(claimed)
    return isinstance(authenticate(token, member, claimed, scene.clock), Caller)


def used(scene: Scene) -> None:
    got(scene, address=THERE)


def superseded(scene: Scene) -> None:
    scene.do(create_enrolment, "alice", by="luis")


def used_and_superseded(scene: Scene) -> None:
    used(scene)
    superseded(scene)
