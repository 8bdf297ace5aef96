"""Onboarding: what a client launches."""
