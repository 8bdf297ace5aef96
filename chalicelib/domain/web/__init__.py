"""The web console: the sentences and rules of its pages."""
