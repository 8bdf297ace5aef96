"""Routes about engagements, roles and grants."""
