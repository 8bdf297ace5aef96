"""Sign members in to the web console, and read what its pages show."""
