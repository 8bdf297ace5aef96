"""`make destroy EVERYTHING=1`: delete all of Daypass in an account.

Everything is found by its name, and not only by its stack, so that a run continues what another
left. The tables and the buckets go last: they show in which region Daypass is.
"""
