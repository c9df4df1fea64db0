"""Parse guidelines and know their versions."""
