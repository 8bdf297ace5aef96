"""The role that a client creates: trust policy, permissions, template formats, removal."""
