"""What the command keeps on this machine: logins, folders, private files."""
