"""A local stand-in for Slack. It signs requests for typed commands, and accepts posted messages."""
