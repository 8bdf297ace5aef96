"""Daypass: builds the Chalice app, registers blueprints and middleware. Nothing else."""

# ruff: noqa: E402 - the collector has to be told before the imports that it would look through

from __future__ import annotations

import gc
import os

# What is made while the container starts is there to stay: looking through it for garbage, again
# and again as it grows, takes a fifth of the start (`make bench`).
gc.disable()

from chalicelib import bootstrap
from chalicelib.entrypoints.engagements import (
    engagements,
    grants,
    lead_changes,
    my_engagements,
    roles,
)
from chalicelib.entrypoints.evidence import trail
from chalicelib.entrypoints.http import about, observability
from chalicelib.entrypoints.http.handler import Handler
from chalicelib.entrypoints.notifications import schedule as notifying
from chalicelib.entrypoints.onboarding import engagements as opening
from chalicelib.entrypoints.onboarding import links, page, setup
from chalicelib.entrypoints.people import enrolments, me, members, my_tokens, operator, tokens
from chalicelib.entrypoints.prober import schedule as prober
from chalicelib.entrypoints.slack import bindings, routes, work
from chalicelib.entrypoints.vending import access_page, sessions
from chalicelib.entrypoints.vending import schedule as watching
from chalicelib.entrypoints.verification import checks, schedule

app = Handler("daypass", configure_logs=False, debug=False)
observability.observe(app)
for part in (
    about,
    me,
    my_tokens,
    members,
    enrolments,
    tokens,
    sessions,
    access_page,
    my_engagements,
    engagements,
    roles,
    grants,
    lead_changes,
    opening,
    setup,
    links,
    page,
    checks,
    trail,
    operator,
    schedule,
    watching,
    prober,
    bindings,
    routes,
    work,
    notifying,
):
    app.register_blueprint(part.blueprint)

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    bootstrap.ports()  # while Lambda still starts the container, and no request waits for it
    gc.freeze()
gc.enable()
