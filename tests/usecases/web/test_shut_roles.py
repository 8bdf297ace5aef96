"""All pages show the same roles that Daypass shut."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.members import Kind
from chalicelib.domain.policies.brake import CutOffNames
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole
from chalicelib.usecases.engagements.listing import list_engagements, read_engagement
from chalicelib.usecases.onboarding.client_page import build_client_page
from chalicelib.usecases.web.engagements.role import read_role_page
from chalicelib.usecases.web.now import SHUT_SHOWN, read_now
from tests.builders import (
    LINK_TEXT,
    ROLE_ARN,
    Scene,
    a_link,
    a_member,
    a_role,
    a_token,
    an_engagement,
    role_cut_offs,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.engagements.test_listing import scene_of
from tests.usecases.web.unreadable import UNAVAILABLE

DAY = timedelta(days=1)
SHUT = role_cut_offs(method=CutOffMethod.DENY_ALL, shut_at=NOON, shut_by="lena")
MOVED = replace(SHUT, role_arn=f"{ROLE_ARN}2")
NAME = (CutOffNames(ROLE_ARN).role_name,)
NO = (False, False)
ROLE, ENDED = a_role(), a_role(ended_at=NOON)

# The engagement, its role, and whether the shut role is shown and Daypass uses the role.
SHOWN: dict[str, tuple[Engagement, Role, bool, bool]] = {
    "a role in use": (an_engagement(), ROLE, True, True),
    "a revoked engagement": (an_engagement(revoked_at=NOON), ROLE, True, False),
    "a closed engagement": (an_engagement(closed_at=NOON), ROLE, True, False),
    "an engagement past its end": (an_engagement(ends_at=NOON), ROLE, True, False),
    "an ended role": (an_engagement(), ENDED, True, False),
    "a role with another ARN": (an_engagement(), a_role(arn=MOVED.role_arn), True, False),
    "access removed": (an_engagement(closed_at=NOON - DAY, access_removed_at=NOON), ROLE, *NO),
    "access removed, and the role ended": (
        an_engagement(revoked_at=NOON - DAY, access_removed_at=NOON), ENDED, *NO
    ),
}  # fmt: skip
PAGES: dict[str, Callable[[Scene], tuple[ShutRole, ...] | None]] = {
    "list": lambda s: list_engagements(s.ports, limit=1).items[0].shut,
    "engagement": lambda s: read_engagement(s.ports, "acme-prod").shut,
    "role": lambda s: tuple(filter(None, [read_role_page(s.ports, "acme-prod", "readonly").shut])),
    "client": lambda s: build_client_page(s.ports, LINK_TEXT).shut,
    "now": lambda s: s.do(read_now).shut,
}


@every("page", PAGES)
@every("engagement, role, is_shown, is_used", SHOWN.values())
def test_all_pages_show_the_same_shut_roles(
    page: str, engagement: Engagement, role: Role, *, is_shown: bool, is_used: bool
) -> None:
    scene = scene_of(
        engagement, role, SHUT, a_link(expires_at=NOON + DAY), a_token("lena"),
        a_member("lena", kind=Kind.LEAD),
    )  # fmt: skip
    shut = PAGES[page](scene)
    assert [(each.role, each.role_name) for each in shut] == [SHUT.key[1:] + NAME] * is_shown
    if page != "now":  # it reads no roles
        assert [each.is_used for each in shut] == [is_used] * is_shown


def test_now_shows_the_latest_shut_roles_and_counts_the_earlier_ones() -> None:
    lead = [a_member("lena", kind=Kind.LEAD), a_token("lena")]
    items = [
        replace(SHUT, engagement=f"acme-{n}", shut_at=NOON - n * DAY) for n in range(SHUT_SHOWN + 2)
    ]
    left = an_engagement("acme-0", closed_at=NOON - DAY, access_removed_at=NOON)
    page = read_now(scene_of(*lead, *items, left).ports, scene_of(*lead).caller("lena"))
    assert [each.engagement for each in page.shut] == ["acme-1", "acme-2", "acme-3", "acme-4"]
    assert page.more_shut == 2


def test_without_its_items_now_shows_every_shut_role() -> None:
    left = an_engagement(closed_at=NOON - DAY, access_removed_at=NOON)
    scene = scene_of(left, ROLE, SHUT, a_member("lena", kind=Kind.LEAD), a_token("lena"))
    scene.fails_at("get_together", UNAVAILABLE)
    assert [each.role for each in scene.do(read_now).shut] == ["readonly"]
