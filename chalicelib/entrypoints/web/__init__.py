"""The pages of the web console, and their actions."""
