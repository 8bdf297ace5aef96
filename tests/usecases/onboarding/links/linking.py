"""What the tests of links to a client's page share."""

from __future__ import annotations

from datetime import datetime

import pytest

from chalicelib.domain.errors import NotFound
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.onboarding.links import (
    NewLink,
    create_link,
    open_link,
)
from tests.builders import Scene


def created(scene: Scene, expires_at: datetime | None = None) -> NewLink:
    return create_link(scene.ports, scene.caller(), "acme-prod", expires_at=expires_at)


def leads_nowhere(scene: Scene, text: str) -> None:
    with pytest.raises(NotFound) as refusal:
        open_link(scene.ports, text)
    # Always the very same answer.
    assert refusal.value.reason is Reason.NO_SUCH_PAGE
    assert refusal.value.detail == Reason.NO_SUCH_PAGE.sentence
    assert refusal.value.field == ""
    assert refusal.value.__cause__ is None
