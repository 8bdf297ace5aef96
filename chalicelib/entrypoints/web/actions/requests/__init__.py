"""Actions on requests for access, on one's own access, and of the access review."""
