"""`make rehearse`: a deployment to the local AWS with an operator's commands."""
