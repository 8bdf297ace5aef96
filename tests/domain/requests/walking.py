"""Walk through every state that the steps of an attacker and of honest people can lead to.

An attacker has the token of a lead, and makes up members, leads and approvers at the client. Two
people at the client are honest, and so are two other leads. The models follow the rules of the
domain. Each rule that is taken away lets the attacker in.

What the models assume of the honest people: they approve nothing for the attacker, and confirm no
one that they do not know. They look at the list of approvers before they require the client's
approval. If no approver was left when the attacker named one, someone who gets the e-mail refuses
them within 72 hours. The leads who suspend the attacker also suspend the leads that the attacker
made, and end the tokens from the attacker's codes: the response to the suspension lists both.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from tests.fakes import NOON

DAY = timedelta(hours=24)
TIMES = tuple(NOON + timedelta(hours=hours) for hours in (0, 23, 25, 73, 98))
LONG_AGO = NOON - timedelta(days=9)


def walk(
    first: Any, list_next: Callable[[Any], Iterable[Any]], is_safe: Callable[[Any], bool]
) -> int:
    """Visit every state that can be reached, and return their number. Return 0 at the first one
    that is not safe."""
    seen, waiting = {first}, [first]
    while waiting:
        state = waiting.pop()
        if not is_safe(state):
            return 0
        for following in list_next(state):
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return len(seen)


def at(time: int) -> datetime:
    """Return the moment with this index in TIMES; -1 is long ago."""
    return LONG_AGO if time < 0 else TIMES[time]
