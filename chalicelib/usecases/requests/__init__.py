"""Access requests: ask, approve, deny, and emergency access."""
