"""The pages and actions of the web console, and the job for its overview."""
