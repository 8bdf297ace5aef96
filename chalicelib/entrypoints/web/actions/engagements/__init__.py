"""The web console's actions on engagements, their roles, links and approvals."""
