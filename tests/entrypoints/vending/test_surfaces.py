"""The same refusal on each surface, in the words of the people who read it there."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from chalicelib.domain.reasons import Reason, Surface
from tests.builders import ACCESS_TEXT, a_grant, a_member, a_role, a_scene, an_access_link, bound
from tests.entrypoints.driver import Api, served
from tests.entrypoints.onboarding.reading import PageText
from tests.entrypoints.slack.leads import ALICE
from tests.fakes import NOON
from tests.fakes.slack import text_of
from tests.rows import every

VEND = "/v1/engagements/acme-prod/sessions"
COMMAND = {"User-Agent": "daypass/0.1.0 (Linux)"}
ENV = {"role": "readonly", "format": "env"}
READ: dict[Surface, Callable[[Api], str]] = {
    Surface.API: lambda api: str(api.post(VEND, "alice", {"role": "readonly"}).json["detail"]),
    Surface.COMMAND: lambda api: str(
        api.post(VEND, "alice", {"role": "readonly"}, headers=COMMAND).json["detail"]
    ),
    Surface.SHELL: lambda api: " ".join(shlex.split(api.post(VEND, "alice", ENV).text)),
    Surface.SLACK: lambda api: text_of(api.types("access acme-prod readonly", ALICE).json),
    Surface.PAGE: lambda api: PageText(api.send("GET", f"/access/{ACCESS_TEXT}").text).text,
}
REFUSED: dict[Reason, list[Any]] = {
    Reason.REASON_REQUIRED: [a_role(requires_reason=True)],
    Reason.ROLE_NOT_GRANTED: [a_grant(roles=frozenset({"deploy"}))],
    Reason.GRANT_NOT_CURRENT: [a_grant(revoked_at=NOON)],
    Reason.MEMBER_SUSPENDED: [a_member(suspended_at=NOON)],
}


@every("surface", READ)
@every("reason", REFUSED)
def test_a_refusal_has_the_words_of_its_surface(reason: Reason, surface: Surface) -> None:
    scene = a_scene()
    scene.world.add(*bound("alice"), an_access_link(), *REFUSED[reason])
    with served(scene) as api:
        text = READ[surface](api)
    assert reason.text(surface).replace("…", "...") in text.replace("…", "...")
    for other in READ:
        if reason.text(other) not in reason.text(surface):
            assert reason.text(other) not in text
