"""Slack: commands, messages, bindings and signatures."""
