"""Durable queues of an actor, from a sender to the commit that completes a message.

A message lives through these modules: ``sending`` takes it, ``backlog`` holds it until
it is its turn, ``receiving`` hands it to user code, ``turn`` makes every step of that
part of a commit, ``rows`` is how it is stored, ``send_keys`` remembers its answer.
``handles`` is what user code sees of all this as ``c.queues``.
"""
