"""The commands for leads and auditors. Each module declares some."""
