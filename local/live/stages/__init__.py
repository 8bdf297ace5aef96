"""The stages of `make live`, in their order, and the points that no program can check."""

from __future__ import annotations

from local.live.run import Stage
from local.live.stages import cut_offs, deploy, gateway, preflight, sts, tables, waits

STAGES: tuple[Stage, ...] = (
    preflight.STAGE,
    deploy.STAGE,
    sts.STAGE,
    tables.STAGE,
    gateway.STAGE,
    cut_offs.STAGE,
    waits.STAGE,
)
