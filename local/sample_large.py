"""The sample firm with sixty clients and forty people, for `make run SAMPLE=large`.

It adds to the small sample what only shows at this size: long lists, names that resemble each
other, roles that fail their check, engagements that end soon, and members who are in at once.
Everything is the same in each run.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from local import sample_data
from local.processes import RunningStack
from local.sample_accounts import Client, ClientRole, Trust
from local.sample_data import Api, Engagement
from local.sample_history import HISTORY, Routine, vend_at

CLIENTS = (
    "Amber Freight",
    "Ashdown Dairy",
    "Atlas Ferries",
    "Aurora Mobile",
    "Baltic Timber",
    "Beacon Insurance",
    "Birch & Sons",
    "Bluewater Hotels",
    "Bright Optics",
    "Canyon Outdoor",
    "Cedar Bank",
    "Cobalt Robotics",
    "Copperfield Press",
    "Coral Pharma",
    "Delta Grain",
    "Dover Shipping",
    "Eastgate Retail",
    "Elm Street Clinics",
    "Ember Energy",
    "Falcon Air",
    "Fjord Seafood",
    "Foxglove Media",
    "Garnet Mining",
    "Granite Homes",
    "Harbour Foods",
    "Hazel Toys",
    "Heron Water",
    "Indigo Cloud",
    "Ironbridge Steel",
    "Ivory Dental",
    "Jasper Games",
    "Juniper Textiles",
    "Kestrel Drones",
    "Lantern Books",
    "Larch Furniture",
    "Lighthouse Care",
    "Lotus Travel",
    "Maple Credit",
    "Meridian Rail",
    "Mistral Wind",
    "Nimbus Weather",
    "Northfield Seeds",
    "Oakley Motors",
    "Onyx Security",
    "Orchard Juice",
    "Pacific Tea",
    "Pepper Logistics",
    "Quartz Watches",
    "Raven Post",
    "Redwood Paper",
    "Saffron Kitchens",
    "Silverlake Films",
    "Skye Dairy",
    "Skyline Freight",
    "Tamarind Spices",
    "Umbra Lighting",
)
PEOPLE = (
    "Bea Barnes",
    "Carl Castro",
    "Dana Doyle",
    "Emil Ekberg",
    "Fay Fischer",
    "Gus Garcia",
    "Hana Hoshino",
    "Ivan Ilic",
    "Jana Jansen",
    "Kofi Kone",
    "Lars Lund",
    "Mia Moreau",
    "Noor Nasser",
    "Olga Orlova",
    "Petr Prochazka",
    "Quinn Quigley",
    "Rosa Ricci",
    "Sven Strand",
    "Tara Thapa",
    "Ugo Umberti",
    "Vera Vogel",
    "Wim Willems",
    "Xenia Xanthou",
    "Yuki Yamada",
    "Zoe Zeller",
    "Anders Aaltonen",
    "Brigid Byrne",
    "Chen Chao",
    "Dilan Demir",
    "Eva Engel",
    "Finn Flynn",
    "Greta Gross",
    "Hugo Horvat",
    "Iris Ivarsson",
    "Jonas Jung",
)
LEADS, AUDITORS = ("greta", "hugo"), ("iris",)
ROLES = ("readonly", "deploy", "audit", "admin")
REASONS = (
    "weekly release",
    "nightly report failed",
    "restore of the test database",
    "move to the new network",
    "cost report for the client",
)
_LIVE = 13
"""Sessions that are alive when the sample is complete."""
_SOON = timedelta(days=10)
_ENDS = timedelta(days=180)


def create_with_banner(running: RunningStack, folder: Path) -> tuple[str, ...]:
    """Create the large sample, and return the same lines as for the small one."""
    return sample_data.create_with_banner(running, folder, create_data=create_large_data)


def create_large_data(running: RunningStack) -> dict[str, str]:
    """Create the small sample and the rest, and return API tokens by member ID."""
    tokens = sample_data.create_sample_data(running)
    lena = Api(running.api_url, tokens["lena"])
    engagements = [_declare(*each) for each in enumerate(CLIENTS)]
    _say(f"{len(PEOPLE)} more people and {len(CLIENTS)} more clients")
    with running.functions.clock.behind(HISTORY):
        for name in PEOPLE:
            tokens[_id_of(name)] = _invite(lena, name)
        for number, engagement in enumerate(engagements):
            ends_in = _SOON if number % 12 == 5 else _ENDS + timedelta(days=number)
            sample_data.open_engagement(running.aws, lena, engagement, ends_in=ends_in)
        standing, on_request = _grant(lena, engagements)
    _say("checks of the clients' roles")
    sample_data.verify_roles(lena, [each for n, each in enumerate(engagements) if n % 8])
    _say("a month of sessions")
    _add_sessions(running, tokens, standing)
    _ask_for_access(running, tokens, on_request)
    _end_some(lena)
    return tokens


def _say(part: str) -> None:
    """Print what is created next: all of it takes a minute."""
    print(f"  … {part}", file=sys.__stdout__, flush=True)


def _id_of(name: str) -> str:
    """Return the member's or the engagement's ID, such as `bea` or `skyline-freight`."""
    return (
        name.partition(" ")[0].lower()
        if name in PEOPLE
        else "-".join(word.lower() for word in name.replace("&", "and").split())
    )


def _invite(lena: Api, name: str) -> str:
    member = _id_of(name)
    kind = "lead" if member in LEADS else "auditor" if member in AUDITORS else "member"
    created = lena("POST", "/v1/members", id=member, name=name, kind=kind)
    return sample_data.enrol(lena.url, created["enrolment"]["code"])


def _declare(number: int, name: str) -> Engagement:
    """Return the engagement of this client, with one or two roles.

    The roles of every 16th client fail their check. Those of every eighth are not checked.
    """
    trust = Trust.WITHOUT_EXTERNAL_ID if number % 16 == 3 else Trust.AS_ADVISED
    names = [ROLES[number % 4], *([ROLES[(number + 1) % 4]] if number % 3 else [])]
    client = Client(
        name=name,
        account=f"{300_000_000_000 + 7_919_003 * number}",
        roles=tuple(ClientRole(f"{role.title()}Role", trust) for role in names),
        buckets=(),
    )
    roles = tuple((role, f"{role.title()}Role") for role in names)
    return Engagement(_id_of(name), client, roles, cut_off="brake" if number % 4 == 1 else "none")


Grants = list[tuple[str, Engagement]]


def _grant(lena: Api, engagements: Sequence[Engagement]) -> tuple[Grants, Grants]:
    """Give each engagement two or three members. Return the grants that let a member in at once,
    and those with a role on request."""
    members = cycle(_id_of(name) for name in PEOPLE if _id_of(name) not in (*LEADS, *AUDITORS))
    standing: Grants = []
    requestable: Grants = []
    for number, engagement in enumerate(engagements):
        roles = [role for role, _ in engagement.roles]
        on_request = roles[1:] if number % 5 == 2 else []
        if on_request:
            path = f"/v1/engagements/{engagement.id}/approval-policy"
            lena("PATCH", path, leads=True, people=1)
        for member in islice(members, 2 + number % 2):
            lena(
                "POST",
                f"/v1/engagements/{engagement.id}/grants",
                member=member,
                roles=roles,
                on_request=on_request,
            )
            if number % 16 != 3 and number % 8:
                (requestable if on_request else standing).append((member, engagement))
    return standing, requestable


def _add_sessions(running: RunningStack, tokens: Mapping[str, str], grants: Grants) -> None:
    """Vend a session of every third grant in each of four weeks, and some that are still alive."""
    now = datetime.now(UTC)
    for number, (member, engagement) in enumerate(grants[::3]):
        reason = REASONS[number % len(REASONS)]
        routine = Routine(member, engagement.id, engagement.roles[0][0], time(9), (), reason)
        for week in range(4, 0, -1):
            moment = now - timedelta(days=7 * week + number % 5, hours=number % 8)
            vend_at(running.functions, routine, tokens[member], moment)
    for number, (member, engagement) in enumerate(grants[1 : 3 * _LIVE : 3]):
        Api(running.api_url, tokens[member])(
            "POST",
            f"/v1/engagements/{engagement.id}/sessions",
            role=engagement.roles[0][0],
            reason=REASONS[number % len(REASONS)],
        )


def _ask_for_access(running: RunningStack, tokens: Mapping[str, str], grants: Grants) -> None:
    """Request the second role of some grants, which waits for an approval."""
    for number, (member, engagement) in enumerate(grants[::3]):
        Api(running.api_url, tokens[member])(
            "POST",
            f"/v1/engagements/{engagement.id}/requests",
            role=engagement.roles[1][0],
            duration=7200,
            reason=REASONS[number % len(REASONS)],
        )


def _end_some(lena: Api) -> None:
    """Suspend a member, close two engagements and revoke one."""
    why: dict[str, Any] = {"reason": "the work is done"}
    lena("POST", f"/v1/members/{_id_of(PEOPLE[-1])}/revoke", reason="left the firm")
    for number in (6, 30):
        lena("POST", f"/v1/engagements/{_id_of(CLIENTS[number])}/close", **why)
    lena("POST", f"/v1/engagements/{_id_of(CLIENTS[45])}/revoke", **why)
