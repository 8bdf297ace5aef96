"""Read the pages of the web console about engagements, each with few calls to AWS."""
