"""The local AWS: one loopback server that enforces IAM and STS policies as AWS does.

It is ministack with enforcement on and the fixes in `local.aws.fixes`. It runs in its own virtual
environment (`requirements.txt` here), and does not import the rest of the project.
"""
