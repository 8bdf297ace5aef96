"""`make live`: check the points of docs/reference/live-account.md in two sandbox accounts."""
