"""Slack itself: its secrets, and what is posted to it."""
