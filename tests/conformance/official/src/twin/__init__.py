"""The actors of `server.mjs` on generated stubs."""
