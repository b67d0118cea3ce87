"""What every generated Python client stands on."""
