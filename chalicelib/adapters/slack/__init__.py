"""Slack on AWS and over HTTP: secrets, the work queue, and posting."""
