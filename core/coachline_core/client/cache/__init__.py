"""The session's memory on disk: one SQLite file per account, through Pony. Plain functions, run by an executor."""

from coachline_core.client.cache.cache import Cache
from coachline_core.client.cache.schema import NewerCache
from coachline_core.client.cache.stored import Stored, StoredConversation

__all__ = ["Cache", "NewerCache", "Stored", "StoredConversation"]
