"""What the command writes for AWS tools, or asks of AWS itself."""
