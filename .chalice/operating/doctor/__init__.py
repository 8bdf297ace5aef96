"""`make doctor`: what stands in the way of a deployment, and what is worth knowing before one.

Nothing is changed. Every finding is a sentence; only those that say STOP are in the way.
"""
