"""Tell the leads what they have not asked for.

All of it is on the trail as well; but nobody reads that every day. It is told once it is written.
"""

from __future__ import annotations

from chalicelib.domain.events import Event, News
from chalicelib.usecases.ports import Ports


def tell_leads(
    ports: Ports,
    news: News,
    says: str,
    *,
    engagement: str = "",
    role: str = "",
    member: str = "",
    address: str = "",
) -> None:
    """Tell every lead, whoever of them did it. `says` holds nothing that somebody typed.

    `address` is where whoever did it came from, if they came from somewhere.
    """
    says = f"{says} It was done from {address}." if address else says
    ports.tell(
        Event(news=news, engagement=engagement, role=role, member=member, at=ports.now(), says=says)
    )
