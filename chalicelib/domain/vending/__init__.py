"""The rule of access, the terms of sessions, and the sessions that may be active."""
