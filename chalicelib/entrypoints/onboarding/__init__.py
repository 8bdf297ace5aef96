"""Routes about what a client creates, and the client's page."""
