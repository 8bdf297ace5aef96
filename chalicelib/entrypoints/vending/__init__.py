"""Routes about sessions."""
