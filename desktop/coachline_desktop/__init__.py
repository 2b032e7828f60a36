"""The desktop app `coachline`: what is shown."""
