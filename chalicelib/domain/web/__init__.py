"""Rules and facts of the web console, Daypass's pages for its members."""
