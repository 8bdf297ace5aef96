"""Roles: whom they trust, who may assume them, and the sessions that come of it."""
