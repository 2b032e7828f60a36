"""Where a token is said, and where it never is."""

from coachline_protocol.codes import Refusal
from support.stage import Stage, play


@play()
async def test_a_token_in_the_url_opens_nothing(stage: Stage) -> None:
    """The token is said in the first frame; in an address it is never said and never heard. [C1] [C3]"""
    maya, _ = await stage.coached_pair()
    token = maya.phone.token
    request = maya.phone.road.asked_for
    assert request.startswith(b"GET / HTTP/1.1\r\n")
    assert token.hex().encode() not in request
    for said in (f"/?access_token={token.hex()}", f"/?token={token.hex()}"):
        async with maya.by_hand(greet=False, path=said) as wire:
            answer = await wire.answer(await wire.say_anything("people.list", {}))
            assert isinstance(answer, Refusal)
            assert answer.code == "unauthenticated"
