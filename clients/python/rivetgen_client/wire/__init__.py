"""The RivetKit wire protocol without I/O."""
