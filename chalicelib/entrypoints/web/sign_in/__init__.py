"""Sign in to the web console: with a link of the command, or at an identity provider."""
