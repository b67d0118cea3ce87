"""The actor core: lifecycle, state, connections, events and the output gate, without I/O."""
