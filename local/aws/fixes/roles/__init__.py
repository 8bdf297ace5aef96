"""Roles: trust policies, sts:AssumeRole and sessions."""
