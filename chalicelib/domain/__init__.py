"""Facts and rules. The standard library and msgspec only: no clock, no I/O."""
