"""`make doctor`: check whether Daypass can be deployed to this account and region.

It changes nothing. Each finding is printed as a sentence. Only findings marked STOP block a
deployment.
"""
