"""What both programs share: the rules (`domain`), the actor kit (`runtime`), the headless client (`client`)."""
