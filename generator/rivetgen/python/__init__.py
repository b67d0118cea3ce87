"""What the Python targets share: types, literals, models, errors, modules."""
