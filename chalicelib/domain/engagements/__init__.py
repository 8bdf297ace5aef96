"""Engagements, their roles and their grants."""
