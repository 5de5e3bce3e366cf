"""What is measured: each module holds one loss as its user would write it, with what the peers need to run it."""
