"""Onboarding: open an engagement, and give the client the files and the page for its role."""
