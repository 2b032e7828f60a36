"""The headless client session: sign in, sync, cache, outbox; no window."""
