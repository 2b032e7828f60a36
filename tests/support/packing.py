"""MessagePack in every form it has, the wrong ones too: what somebody writes who does not use our encoder.

From the MessagePack specification; the canonical form of a value is always the one of fewest bytes.
"""

from random import Random

Sizes = tuple[tuple[int, int, int], ...]
"""Heads with a length behind them: the byte, how many bytes of length, and the largest."""

TEXTS: Sizes = ((0xD9, 1, 0xFF), (0xDA, 2, 0xFFFF), (0xDB, 4, 0xFFFF_FFFF))
BINARIES: Sizes = ((0xC4, 1, 0xFF), (0xC5, 2, 0xFFFF), (0xC6, 4, 0xFFFF_FFFF))
ARRAYS: Sizes = ((0xDC, 2, 0xFFFF), (0xDD, 4, 0xFFFF_FFFF))
MAPS: Sizes = ((0xDE, 2, 0xFFFF), (0xDF, 4, 0xFFFF_FFFF))
UNSIGNED = ((0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8))
SIGNED = ((0xD0, 1), (0xD1, 2), (0xD2, 4), (0xD3, 8))


def packed(chance: Random, value: object, odd: int) -> bytes:
    """A value in some form; each part is canonical but for one time in `odd`, when it takes any form there is."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return _form(chance, _integers(value), odd)
    if isinstance(value, str):
        return _sized(chance, 0xA0, 32, TEXTS, value.encode(), odd, others=BINARIES)
    if isinstance(value, bytes):
        return _sized(chance, None, 0, BINARIES, value, odd, others=TEXTS)
    if isinstance(value, list):
        items = b"".join(packed(chance, item, odd) for item in value)
        return _counted(chance, 0x90, ARRAYS, len(value), odd) + items
    assert isinstance(value, dict)
    entries = list(value.items())
    if _at_odds(chance, odd):
        entries += chance.sample(entries, min(len(entries), chance.randrange(2)))
        chance.shuffle(entries)
    return _counted(chance, 0x80, MAPS, len(entries), odd) + b"".join(
        packed(chance, part, odd) for entry in entries for part in entry
    )


def _at_odds(chance: Random, odd: int) -> bool:
    return chance.randrange(odd) == 0


def _form(chance: Random, forms: list[bytes], odd: int) -> bytes:
    return chance.choice(forms) if _at_odds(chance, odd) else forms[0]


def _integers(value: int) -> list[bytes]:
    short = [value.to_bytes(1, "big", signed=value < 0)] if -32 <= value < 128 else []
    heads = UNSIGNED if value >= 0 else SIGNED
    others = SIGNED if value >= 0 else ()
    return short + [
        bytes((head,)) + value.to_bytes(size, "big", signed=(head, size) in SIGNED)
        for head, size in (*heads, *others)
        if -(1 << 8 * size - 1) <= value < 1 << 8 * size - ((head, size) in SIGNED)
    ]


def _sized(
    chance: Random, short: int | None, below: int, sizes: Sizes, value: bytes, odd: int, *, others: Sizes
) -> bytes:
    forms = [bytes((short + len(value),))] if short is not None and len(value) < below else []
    forms += [bytes((head,)) + len(value).to_bytes(size, "big") for head, size, most in sizes if len(value) <= most]
    forms += [bytes((head,)) + len(value).to_bytes(size, "big") for head, size, most in others if len(value) <= most]
    return _form(chance, forms, odd) + value


def _counted(chance: Random, short: int, sizes: Sizes, count: int, odd: int) -> bytes:
    forms = [bytes((short + count,))] if count < 16 else []
    forms += [bytes((head,)) + count.to_bytes(size, "big") for head, size, _ in sizes]
    return _form(chance, forms, odd)
