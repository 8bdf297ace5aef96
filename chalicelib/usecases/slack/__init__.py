"""Do in Slack what members and leads do by the API, but for vending."""
