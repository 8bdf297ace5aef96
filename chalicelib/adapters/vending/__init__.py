"""AWS STS: credentials and probes."""
