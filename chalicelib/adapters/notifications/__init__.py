"""Where notifications go, apart from Slack: the log and mails."""
