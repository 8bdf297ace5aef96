"""Read what the web console's pages about people show, in few calls to AWS."""
