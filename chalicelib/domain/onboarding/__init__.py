"""Onboarding: the role that a client creates, and the page that tells the client how."""
