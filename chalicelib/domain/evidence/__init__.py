"""The audit trail's entries in words, and as a timeline."""
