"""The access review as a package: who may enter what as of a moment, rebuilt from the trail."""
