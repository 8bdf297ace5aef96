"""Storage on this machine: logins, folders, private files."""
