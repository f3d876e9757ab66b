"""The room of a poll: how many ask at once, and who comes next."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from digest.pipeline.room import Room


async def asked(lengths: dict[str, int], places: int) -> tuple[list[str], int]:
    """In which order queues of those lengths got their turns, and how many had one at a time at most."""
    room, order, inside, most = Room(places), list[str](), 0, 0

    async def queue(name: str, length: int) -> None:
        nonlocal inside, most
        for done in range(length):
            async with room.place(length - done):
                order.append(name)
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1

    await asyncio.gather(*(queue(name, length) for name, length in lengths.items()))
    return order, most


def test_the_longest_queue_comes_first_and_those_of_one_length_in_turn() -> None:
    order, _ = asyncio.run(asked({"a": 1, "b": 1, "long": 4, "c": 1}, places=1))
    assert order == ["a", "long", "b", "long", "c", "long", "long"]


def test_no_more_than_the_places_are_taken_at_a_time() -> None:
    order, most = asyncio.run(asked({str(number): 5 for number in range(20)}, places=3))
    assert most == 3
    assert len(order) == 100


def test_a_place_that_is_left_early_is_free_once() -> None:
    async def play() -> bool:
        room = Room(1)
        async with room.place(1) as place:
            place.leave()
            async with room.place(1):
                pass
        async with room.place(1):
            other = asyncio.create_task(hold(room))
            await asyncio.sleep(0)
            waits = not other.done()
        await other
        return waits

    assert asyncio.run(play())


def test_who_gives_up_waiting_passes_the_place_on() -> None:
    async def play(called: bool) -> None:
        room = Room(1)
        async with room.place(1):
            first, second = (asyncio.create_task(hold(room, left)) for left in (2, 1))
            await asyncio.sleep(0)
            if not called:
                first.cancel()
        if called:  # its turn has come, and it has not got to know
            first.cancel()
        with suppress(asyncio.CancelledError):
            await first
        async with asyncio.timeout(5):
            await second
            await hold(room)

    asyncio.run(play(called=False))
    asyncio.run(play(called=True))


async def hold(room: Room, left: int = 1) -> None:
    async with room.place(left):
        await asyncio.sleep(0)
