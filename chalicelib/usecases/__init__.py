"""One verb a file: what Daypass does. Imports the domain only."""
