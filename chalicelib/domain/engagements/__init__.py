"""Where we work: engagements, their roles, and who may enter until when."""
