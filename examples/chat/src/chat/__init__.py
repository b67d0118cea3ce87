"""Chat rooms, the list that indexes them, and a counter."""
