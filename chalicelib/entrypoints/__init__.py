"""Say it in HTTP: parse, call one use case, render."""
