"""What every generated server stub stands on: durable actors over aiohttp."""
