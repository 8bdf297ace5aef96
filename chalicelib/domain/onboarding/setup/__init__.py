"""What a client creates so that we can come in, what it may do, and how to throw us out.

Pure functions of `Setup`: `blueprint` says what the role is, and each form (`cloudformation`,
`terraform`, `script`, `plain`) says it in its own language. `leaving` undoes it, and `firm` is the
other side: what the firm's own account has to allow.
"""
