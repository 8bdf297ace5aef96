"""Policy evaluation, for all kinds of policies and all services."""
