"""What both programs share: rules (`domain`), the actor kit (`runtime`), the headless client (`client`)."""
