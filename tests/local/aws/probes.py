"""Probes: functions that return whether an endpoint behaves as AWS does in one respect."""

from collections.abc import Callable

from local.endpoint import Endpoint

Probe = Callable[[Endpoint], bool]


class Probes(dict[str, Probe]):
    """Probes by name. As a decorator, it adds a function `handles_…` under the rest of its name."""

    def __call__(self, probe: Probe) -> Probe:
        self[probe.__name__.removeprefix("handles_").replace("_", " ")] = probe
        return probe
