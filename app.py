"""Daypass: builds the Chalice app, registers blueprints and middleware. Nothing else."""

# ruff: noqa: E402 - the collector has to be told before the imports that it would look through

from __future__ import annotations

import gc
import os

# What is made while the container starts is there to stay: looking through it for garbage, again
# and again as it grows, takes a fifth of the start (`make bench`).
gc.disable()

from chalice.app import Chalice

from chalicelib import bootstrap
from chalicelib.entrypoints import (
    about,
    engagements,
    grants,
    imports,
    me,
    members,
    onboarding,
    operator,
    page,
    records,
    schedule,
    sessions,
    setup,
    trail,
)

app = Chalice("daypass", configure_logs=False, debug=False)
records.observe(app)
for part in (
    about,
    me,
    sessions,
    members,
    engagements,
    imports,
    setup,
    onboarding,
    page,
    grants,
    trail,
    operator,
    schedule,
):
    app.register_blueprint(part.blueprint)

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    bootstrap.ports()  # while Lambda still starts the container, and no request waits for it
    gc.freeze()
gc.enable()
