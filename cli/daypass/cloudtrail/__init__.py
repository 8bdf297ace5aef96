"""CloudTrail's events of a client's account, compared with Daypass's trail."""
