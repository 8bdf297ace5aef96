"""Daypass: builds the Chalice app, registers blueprints and middleware. Nothing else."""

# ruff: noqa: E402 - the collector has to be told before the imports that it would look through

from __future__ import annotations

import gc
import os
from importlib import import_module
from itertools import chain

# What is made while the container starts is there to stay: looking through it for garbage, again
# and again as it grows, takes a fifth of the start (`make bench`).
gc.disable()

from chalicelib import bootstrap
from chalicelib.entrypoints.http import observability

MODULES = {
    "Static": ("http.about",),
    "APIHandler": (
        "people.members",
        "vending.sessions",
        "engagements.engagements",
        "onboarding.engagements",
        "verification.checks",
        "evidence.trail",
        "slack.bindings",
    ),
    "Enter": ("vending.vend", "verification.verify"),
    "ClientCheck": ("vending.access_vend", "onboarding.page_checks"),
    "Anonymous": ("vending.access_page", "onboarding.page", "people.enrol"),
    "Slack": ("slack.routes",),
    "SlackWork": ("slack.work",),
    "FirstLead": ("people.operator",),
    "RecoverLead": ("people.operator",),
    "Sweep": ("verification.schedule",),
    "Watch": ("vending.schedule",),
    "Notify": ("notifications.schedule",),
    "Prober": ("prober.schedule",),
    "EnrolProber": ("prober.schedule",),
}
"""What each function of the app's stack serves: modules of `chalicelib.entrypoints`. A function
imports its own and no others, so that it starts no later for what it does not do."""


def served() -> dict[str, None]:
    """Return the modules that this function serves. One without a name, which is on a developer's
    machine, serves all of them."""
    function = bootstrap.function()
    return dict.fromkeys(MODULES[function] if function else chain.from_iterable(MODULES.values()))


app = observability.Handler("daypass", configure_logs=False, debug=False)
observability.observe(app)
for name in served():
    app.register_blueprint(import_module(f"chalicelib.entrypoints.{name}").blueprint)

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    if bootstrap.function() != "Static":  # which asks nothing of AWS
        bootstrap.ports()  # while Lambda still starts the container, and no request waits for it
    gc.freeze()
gc.enable()
