"""The demo: a month between a trainer and three clients, said to a real daemon, and a live scene after it."""
