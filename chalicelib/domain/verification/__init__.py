"""Probes of clients' roles: results, causes of failures, reports, and the schedule of checks."""
