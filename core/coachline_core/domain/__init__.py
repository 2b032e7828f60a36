"""The coaching rules: pure values and functions; no clock, socket, log or thread."""
