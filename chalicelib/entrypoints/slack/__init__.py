"""Slack's routes, the function SlackWork, and the route that binds a Slack user."""
