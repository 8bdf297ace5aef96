"""The operator's commands: `make doctor`, `make deploy`, `make first-lead`, `make destroy`.

They call the AWS CLI, mostly AWS CloudFormation. This package is never deployed.
"""
