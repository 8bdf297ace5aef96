"""Build the Chalice app of this Lambda function: register its routes, jobs and the middleware."""

# ruff: noqa: E402 - garbage collection must be off before the imports

from __future__ import annotations

import gc
import os
from importlib import import_module
from itertools import chain

# Objects that are created at start are permanent. Searching them for garbage repeatedly takes a
# fifth of the start (`make bench`).
gc.disable()

from chalicelib import bootstrap
from chalicelib.entrypoints.http import observability, routing

MODULES = {
    "Static": ("http.about",),
    "APIHandler": (
        "people.members",
        "vending.sessions",
        "engagements.engagements",
        "onboarding.engagements",
        "verification.checks",
        "evidence.trail",
        "evidence.report",
        "evidence.access_review",
        "requests.requests",
        "slack.bindings",
        "requests.actions",
        "web.sign_in.links",
    ),
    "Enter": ("vending.vend", "verification.verify"),
    "ClientCheck": (
        "vending.access_vend",
        "onboarding.page_buttons",
        "requests.approver_rule",
        "web.action_routes",
    ),
    "ClientApproval": ("requests.approver_page",),
    "ClientDecision": ("requests.client_decision",),
    "Anonymous": (
        "vending.access_page",
        "onboarding.page",
        "evidence.client_report",
        "people.enrol",
    ),
    "Slack": ("slack.routes",),
    "SlackWork": ("slack.work",),
    "Web": (
        "web.sign_in.sign_in",
        "web.action_routes",
        "web.pages.engagements",
        "web.pages.matrix",
        "web.pages.search",
        "web.pages.people",
        "web.pages.requests",
        "web.pages.stops",
        "web.pages.report",
        "web.pages.trail",
        "web.pages.why",
        "web.pages.health",
        "web.pages.now",
    ),
    "FirstLead": ("people.operator",),
    "RecoverLead": ("people.operator",),
    "Sweep": ("verification.schedule",),
    "Watch": ("vending.schedule",),
    "Overview": ("engagements.overview_job",),
    "Digest": ("evidence.digest_job",),
    "Publish": ("evidence.publish_job",),
    "CutOff": ("vending.cut_off_job",),
    "Notify": ("notifications.schedule",),
    "Prober": ("prober.schedule",),
    "EnrolProber": ("prober.schedule",),
}
"""The modules of `chalicelib.entrypoints` for each Lambda function of the app's stack. A function
imports only its own modules, so that other features do not slow down its start."""


def served_modules() -> dict[str, None]:
    """Return the modules whose routes and jobs this Lambda function serves. Return all modules if
    no function name is set, as on a developer's machine."""
    function = bootstrap.function_name()
    return dict.fromkeys(MODULES[function] if function else chain.from_iterable(MODULES.values()))


app = observability.Handler("daypass", configure_logs=False, debug=False)
observability.observe_requests(app)
for name in served_modules():
    module = import_module(f"chalicelib.entrypoints.{name}")
    if hasattr(module, "blueprint"):  # of its jobs
        app.register_blueprint(module.blueprint)
routing.serve_routes(app, bootstrap.function_name())

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    if bootstrap.function_name() != "Static":  # it makes no calls to AWS
        bootstrap.ports()  # during the container's start, so that no request waits for it
    gc.freeze()
gc.enable()
