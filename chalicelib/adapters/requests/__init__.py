"""E-mail to people at a client."""
