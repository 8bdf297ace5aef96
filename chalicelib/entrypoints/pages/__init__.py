"""Pages for people: templates, their style and script, and what renders them."""
