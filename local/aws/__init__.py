"""The local AWS: one loopback server that judges IAM and STS requests as AWS does.

It is ministack with enforcement on, plus the mends of `local.aws.fixes`. It runs in its own
virtual environment (`requirements.txt` here) and knows nothing of the rest of the project.
"""
