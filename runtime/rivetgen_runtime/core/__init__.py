"""The actor core, without I/O: lifecycle, state, connections and the output gate."""
