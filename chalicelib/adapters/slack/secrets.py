"""Slack's secrets, which `make slack-secrets` writes. They are two parameters, for two functions:
the app's signing secrets for the one that answers in Slack, and the channel's webhook for the one
that notifies people."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from botocore.config import Config

from chalicelib.adapters.parameters import Parameter

CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2})
KEPT = 300.0  # seconds
KEPT_AT_LEAST = 5.0
"""However often the secrets are asked for anew: whoever sends wrong signatures could flood AWS."""

S = TypeVar("S")


class ParameterSafe(Parameter[S]):
    """A parameter that a container keeps for a while. A new secret is taken within seconds all the
    same: a signature that does not fit is looked at again with the secrets read anew."""

    clock: Callable[[], float] = staticmethod(time.monotonic)
    _known: S | None = None
    _read_at = 0.0

    def read(self, *, anew: bool = False) -> S:
        age = self.clock() - self._read_at
        if self._known is None or age > (KEPT_AT_LEAST if anew else KEPT):
            self._known, self._read_at = super().read(), self.clock()
        return self._known
