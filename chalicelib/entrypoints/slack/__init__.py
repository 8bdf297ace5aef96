"""What Slack sends, and what people do with it."""
