"""What the operator types: `make doctor`, `make deploy`, `make first-lead`, `make destroy`.

All of it is calls of the AWS CLI, and most of those are AWS CloudFormation's. It is never deployed.
"""
