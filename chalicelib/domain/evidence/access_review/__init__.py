"""The access review as a package: who had access to what as of a moment, rebuilt from the trail."""
