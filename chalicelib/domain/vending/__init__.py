"""Who may have a session, on what terms, and which sessions may be alive."""
