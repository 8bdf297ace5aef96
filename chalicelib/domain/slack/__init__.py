"""Slack: what is typed there, what is answered, and who is told what."""
