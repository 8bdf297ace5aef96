"""A notification: what people are told of one event."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from chalicelib.domain.moments import Moment, rfc3339
from chalicelib.domain.things import Thing

AGAIN = "(perhaps for the second time)"

NotificationKey = Annotated[str, Meta(pattern=r"^[a-z0-9:-]{1,100}$(?!\n)", max_length=100)]
"""By what a notice is known to have been sent: the entry's id, where it is of one."""
_not_in_a_key = re.compile(r"[^a-z0-9:-]", re.ASCII)


def notification_key(*parts: str) -> str:
    """The key that these make, whatever they hold."""
    return _not_in_a_key.sub("-", ":".join(parts))[:100]


class Notification(Thing, frozen=True, kw_only=True):
    """What people are told of one event: nobody typed any of it but `said`."""

    key: NotificationKey
    at: Moment
    """When it happened."""
    until: Moment
    """Until when nothing else of this key is told: of an entry, only itself."""
    title: str
    says: str
    said: str = ""
    """Why, in the words of whoever did it."""
    about: str = ""
    """The member whom it is about, if it is about one: they should hear of it too."""
    entry: str = ""
    """The id of the entry that it was made from, if there is one."""
    grave: bool = False
    """Every lead has to hear of it."""
    origin: str = ""
    """Of a grave one: who did it, and from which address."""

    @property
    def source(self) -> str:
        """When it happened, by whom, and the entry that says so."""
        origin = f"by {self.origin}" if self.origin else ""
        entry = f"on the trail as {self.entry}" if self.entry else ""
        return ", ".join(filter(None, (rfc3339(self.at), origin, entry)))
