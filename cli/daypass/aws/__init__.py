"""Profiles, shell lines, sign-in links and endpoints for AWS tools."""
