"""Access requests, their approval policies, and the client's approvers."""
