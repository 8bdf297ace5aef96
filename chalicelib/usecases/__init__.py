"""What Daypass does. Imports the domain only."""
