"""How an AWS judges, probed by name: the mended local AWS is asked the same as ministack."""

from __future__ import annotations

from collections.abc import Callable

from local.endpoint import Endpoint

Probe = Callable[[Endpoint], bool]


class Probes(dict[str, Probe]):
    """As a decorator it takes in the probe, under the name of what is judged."""

    def __call__(self, judging: Probe) -> Probe:
        self[judging.__name__.removeprefix("judges_").replace("_", " ")] = judging
        return judging
