"""The actor kit on trio: clock, mailbox, actor, supervisor, backoff, link."""
