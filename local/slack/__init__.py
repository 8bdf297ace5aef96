"""A stand-in for Slack on this machine: signs what people type, takes what is posted to it."""
