"""Slack: what is typed there, and what is answered."""
