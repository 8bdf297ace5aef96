"""`make live`: check the points of docs/live-account.md in two sandbox accounts of AWS."""
