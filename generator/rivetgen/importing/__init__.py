"""Schemas made from OpenAPI documents and from JSON Schema.

What the language cannot express is left out or becomes `json`, and is listed with its
place in the document that was read.
"""
