"""Prove a client's role, keep proving it, rotate its external ID, and see it closed at the end."""
