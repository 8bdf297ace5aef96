"""`make rehearse`: a deployment to the local AWS, by the commands that an operator types."""
