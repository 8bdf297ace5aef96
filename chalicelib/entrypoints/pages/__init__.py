"""HTML pages: templates, style, scripts, and the code that renders them."""
