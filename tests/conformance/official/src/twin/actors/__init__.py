"""One module per actor."""
