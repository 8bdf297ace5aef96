"""Notification channels other than Slack: the log and e-mail."""
