"""A stand-in for Slack on this machine: it sends signed commands, and receives messages."""
