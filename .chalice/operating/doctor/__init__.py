"""`make doctor`: check whether Daypass can be deployed here, and change nothing.

Every finding is a sentence. Only those marked STOP block a deployment.
"""
