"""The outside world: DynamoDB and STS. Imports the domain only."""
