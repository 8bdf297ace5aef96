"""The pages about the trail: the timeline, its CSV, and why access is given or refused."""
