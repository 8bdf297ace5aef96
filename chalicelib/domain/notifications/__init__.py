"""Notifications: which trail entries people are notified of, the texts, and what was delivered."""
