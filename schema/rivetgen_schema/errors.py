"""The root of all errors that this distribution raises."""

from __future__ import annotations


class SchemaError(Exception):
    """Something about a schema, or a document made from one, is wrong."""
