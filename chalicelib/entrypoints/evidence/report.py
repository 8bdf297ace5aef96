"""Serve the month's report of an engagement to leads and auditors."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.evidence.report import MonthReport
from chalicelib.entrypoints.http.routing import EngagementPath, Routes
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.evidence.report import ReportQuery, read_report
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
readers = Routes(blueprint, READERS)


@readers.get("/v1/engagements/{engagement}/report")
def show_report(ports: Ports, path: EngagementPath, query: ReportQuery) -> MonthReport:
    """List the sessions of an engagement in one month, for its client"""
    return read_report(ports, path.engagement, query)
