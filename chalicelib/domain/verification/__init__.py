"""Probes of clients' roles, the results and causes that follow, and the schedule of checks."""
