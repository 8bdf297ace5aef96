"""Routes about access requests, approvals and emergency access, and the client approver's page."""
