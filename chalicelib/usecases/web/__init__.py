"""The web console: read what its pages show."""
