"""Pause an engagement on the client's page, and lift the pause with its code.

The page shows the code before the pause begins, and the button sends it back. So the client has the
code even if the response to the button is lost, and a second press of the same button changes
nothing. Daypass stores only the code's hash.
"""

from __future__ import annotations

import re
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import Conflict, FactsChanged, Reason
from chalicelib.domain.firm import Firm
from chalicelib.domain.onboarding.links import PauseCodes, count_code
from chalicelib.domain.one_time_secrets import TYPED
from chalicelib.domain.trail import CLIENT
from chalicelib.domain.values import Secret, Value
from chalicelib.domain.vending.blocks import Block, find_lock
from chalicelib.usecases.onboarding.links import open_link
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, retry_on_conflict
from chalicelib.usecases.vending.blocks import pausing

NO_HASH = "0" * 64
"""Stands for the hash of a text that is not a valid code. No code has this hash."""


class PausePage(Value):
    """The content of the page of the pause: before it begins, while it holds, or after it."""

    firm: Firm
    engagement: Engagement
    pause: Block | None
    """The engagement's pause, in force or lifted; None if there never was one."""
    now: datetime
    code: Secret[str] = ""
    """The code to show. Empty if the page shows none, and after a press that has no code."""

    @property
    def is_paused(self) -> bool:
        return self.pause is not None and self.pause.is_in_force

    @property
    def has_live_sessions(self) -> bool:
        """Return whether a session may still be active that was counted when the pause began. The
        count does not change when someone presses the button again later."""
        last_moment = self.pause.listing.last_moment if self.pause is not None else None
        return last_moment is not None and self.now < last_moment


def offer_pause(ports: Ports, link_text: str) -> PausePage:
    """Return the content of the page that asks for confirmation, with a new code. Change nothing.

    Raise NotFound if the link is not valid.
    """
    _, engagement = open_link(ports, link_text)
    code, _ = TYPED.new_secret(ports.random)
    return _build_page(ports, engagement, ports.state.get(Block, engagement.id), code)


def pause_by_client(ports: Ports, link_text: str, code_text: str, *, address: str) -> PausePage:
    """Pause the engagement, and add a lock that this code opens. A pause lasts until the client has
    opened all its locks.

    The browser sends the code that the page showed, so that a repeated press adds no second lock.
    Generate a code if that one is missing or malformed. If the pause has MAX_LOCKS already, the
    press adds no lock, and the returned page has no code. Raise NotFound if the link is not valid,
    and Unavailable if DynamoDB does not answer.
    """
    link, engagement = open_link(ports, link_text)
    code = parse_code(code_text)
    code_hash = TYPED.hash_of(code)
    if code_hash is None:
        code, code_hash = TYPED.new_secret(ports.random)
    client = SystemActor(CLIENT, token_id=link.id, address=address)
    block = pausing.pause(ports, client, engagement.id, code_hash)
    if find_lock(block, code_hash) is None:
        code = ""  # the pause already had MAX_LOCKS
    return _build_page(ports, engagement, block, code)


def resume_by_client(ports: Ports, link_text: str, code_text: str, *, address: str) -> PausePage:
    """Remove one lock of the pause: the lock that has this code. Each press of the pause button
    added a lock with its own code. The pause ends with its last lock, unless a press after
    MAX_LOCKS sealed it.

    The code counts as a try before it is checked. Raise NotFound if the link is not valid, and
    AccessDenied if the code is wrong. Raise Conflict if the engagement is not paused,
    or after too many codes through this link. Raise Unavailable if DynamoDB does not answer.
    """
    link, engagement = open_link(ports, link_text)
    pause = ports.state.get(Block, engagement.id)
    if pause is None or not pause.is_in_force:
        raise Conflict(Reason.NOT_PAUSED)
    client = SystemActor(CLIENT, token_id=link.id, address=address)

    def count(_: SystemActor) -> None:
        counted = count_code(ports.state.get(PauseCodes, link.hash), link.hash, ports.now())
        if counted is None:
            raise Conflict(Reason.TOO_MANY_CODES)
        try:
            ports.state.save(counted)
        except FactsChanged:
            raise Conflict(Reason.CHANGED_MEANWHILE) from None

    retry_on_conflict(ports, client, count)  # retries CHANGED_MEANWHILE, not TOO_MANY_CODES
    # A malformed code is refused as a wrong one, because no lock has NO_HASH.
    code_hash = TYPED.hash_of(parse_code(code_text)) or NO_HASH
    block = pausing.lift_pause(ports, client, engagement.id, code_hash)
    return _build_page(ports, engagement, block)


def _build_page(
    ports: Ports, engagement: Engagement, pause: Block | None, code: str = ""
) -> PausePage:
    return PausePage(
        firm=ports.firm, engagement=engagement, pause=pause, now=ports.now(), code=code
    )


def parse_code(text: str) -> str:
    """Return the typed code in the form in which the page shows it. People leave out hyphens, or
    type spaces and capitals."""
    characters = re.sub("[^a-z2-7]", "", text.lower())
    groups = (characters[start : start + 4] for start in range(0, len(characters), 4))
    return "-".join(groups)
