"""Scrolling back while the conversation goes on."""

from coachline_protocol import ops
from support.stage import Stage, play


@play()
async def test_pages_neither_repeat_nor_skip(stage: Stage) -> None:
    """New messages arrive between two pages: every message comes once all the same. [S8] [S10]"""
    maya, ben = await stage.coached_pair()
    texts = [f"set {n}" for n in range(75)]
    await maya.recites(texts)
    await ben.phone.sees(texts[-1])

    async with ben.by_hand() as wire:
        paged: list[str] = []
        before, more = None, True
        while more:
            request = ops.History(conversation=ben.phone.talk, before=before, limit=20)
            page = await wire.get(request, ops.Messages)
            assert len(page.messages) <= 20
            paged = [message.text for message in page.messages if message.kind == "text"] + paged
            before, more = page.messages[0].seq, page.more
            await maya.phone.says(f"before seq {before}")
            await ben.phone.sees(f"before seq {before}")
    assert paged == texts
