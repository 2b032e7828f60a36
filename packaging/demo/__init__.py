"""The demo: a month between a trainer and five clients, lived on a real daemon, and a live scene after it."""
