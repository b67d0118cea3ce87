"""Generates server stubs, typed clients and specs from actors.yaml."""
