"""Checks of the deployed API: the prober's schedule and enrolment."""
