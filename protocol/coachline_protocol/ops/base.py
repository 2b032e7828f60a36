"""What every body is, and the bounded values bodies are made of."""

from typing import Annotated

import msgspec

from coachline_protocol import limits

SECRETS = frozenset({"password", "token", "code"})
"""Fields that no repr, and so no log line and no traceback, shows."""


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request's, reply's or event's body: a map; unknown keys are ignored."""

    def __repr__(self) -> str:
        shown = (
            f"{name}=…" if name in SECRETS else f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__
        )
        return f"{type(self).__name__}({', '.join(shown)})"


class Empty(Body, frozen=True, kw_only=True):
    """A reply that only says: done."""


Handle = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.HANDLE_CHARACTERS)]
Name = Annotated[str, msgspec.Meta(max_length=limits.DISPLAY_NAME_CHARACTERS)]
DeviceName = Annotated[str, msgspec.Meta(max_length=limits.DEVICE_NAME_CHARACTERS)]
Password = Annotated[str, msgspec.Meta(max_length=limits.PASSWORD_MAX_CHARACTERS)]
Zone = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.ZONE_CHARACTERS)]
Token = Annotated[bytes, msgspec.Meta(min_length=limits.TOKEN_BYTES, max_length=limits.TOKEN_BYTES)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Picture = Annotated[bytes, msgspec.Meta(max_length=limits.PICTURE_BYTES)]
PageSize = Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_INTEGER)]
"""Rows wanted; a larger number than the op's maximum is taken for the maximum."""
