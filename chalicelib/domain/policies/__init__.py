"""IAM policy documents, and the actions that Daypass's policies name."""
