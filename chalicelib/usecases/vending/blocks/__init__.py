"""Freezes and pauses: blocks that no transaction writes and every access decision reads."""
