"""The daemon `coachlined`: carries what people say to each other, and keeps it."""
