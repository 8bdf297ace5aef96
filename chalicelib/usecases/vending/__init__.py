"""Vend a session, and say which sessions may be active."""
