"""Targets: each turns the IR into files, and knows what it cannot express yet."""
