"""The State and Trail ports, on two DynamoDB tables."""
