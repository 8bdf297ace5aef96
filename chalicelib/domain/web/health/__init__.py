"""The page Health: whether the jobs run, and whether their work is done."""
