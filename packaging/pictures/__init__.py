"""Pictures of every screen, made without a display: `python -m pictures FOLDER`, or `dev.py pictures`."""
