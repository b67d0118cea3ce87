"""The HTTP and WebSocket front: aiohttp outside, the host's calls inside."""
