"""Stores: where the actors of a host are kept."""
