"""The pages of the web console: each module serves those of one subject."""
