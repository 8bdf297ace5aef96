"""What a client creates so that we can come in, what it may do, and how to end our access.

`Setup` says what the role is, and each of the `forms` says it in its own language. `ways_out`
undoes it, and `broker_policies` is the other side: what the firm's own account has to allow.
"""
