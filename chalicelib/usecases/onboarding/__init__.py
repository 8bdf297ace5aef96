"""Open an engagement, and tell the client what to create."""
