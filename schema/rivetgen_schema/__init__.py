"""What actors.yaml means: loader, diagnostics, model and the resolved IR."""
