"""Routes for onboarding, and the client's page."""
