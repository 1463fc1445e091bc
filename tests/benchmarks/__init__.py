"""What the package costs, and what it gets right, beside others; run by hand."""
