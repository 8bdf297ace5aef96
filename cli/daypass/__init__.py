"""The `daypass` command: temporary credentials for clients' AWS accounts, from a Daypass broker."""

__version__ = "0.1.0"
