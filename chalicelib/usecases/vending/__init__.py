"""Vend a session, and say which sessions may be alive."""
