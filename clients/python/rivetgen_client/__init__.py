"""What every generated Python client stands on: transport, connections and the wire protocol."""
