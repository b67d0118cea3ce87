"""Models of `jsonSchema` types.

datamodel-code-generator decides which classes a JSON Schema needs; it sees neither
names nor texts of the schema, and what it answers is read as a syntax tree and emitted
again the way of every other model. See `docs/decisions`.
"""
