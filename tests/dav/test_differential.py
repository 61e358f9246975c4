"""Whatever happens in whatever order: a worker that remembers answers as one that was started for this question."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sogo.store.sql import open_store
from tests.support.differential import Question, Story, comparable
from tests.support.house import House, HouseClock, house_over
from tests.support.stores import settings_for

STEPS = 50
QUESTIONS = 8
opened = asynccontextmanager(house_over)
SITES: tuple[dict[str, object], ...] = ({}, {"SOGoDAVCalendarStartTimeLimit": "10"}, {"SOGoFolderMemory": "1"})


@pytest.mark.parametrize("seed", range(5))
async def test_a_warm_worker_answers_as_a_fresh_one(tmp_path: Path, seed: int) -> None:
    """More seeds and steps find more; these cost seconds."""
    clock, config = HouseClock(), SITES[seed % len(SITES)]
    store = open_store(settings_for(f"sqlite:///{tmp_path}/sogo.db", single=True, clock=clock))  # type: ignore[arg-type]
    await store.start()
    story = Story(random.Random(seed), store, clock)
    try:
        async with opened(store, clock, **config) as one, opened(store, clock, **config) as two:
            await play(story, [one, two], config)
    finally:
        await store.close()


async def play(story: Story, workers: list[House], config: dict[str, object]) -> None:
    for worker in workers:
        worker.site.memory._monotonic = lambda: story.ticks
    await workers[0].client("anna")("MKCALENDAR", "/SOGo/dav/anna/Calendar/work/")
    answered = 0
    for _ in range(STEPS):
        story.ticks += 0.6
        for _ in range(story.dice.randrange(4)):
            await story.go_on(lambda login: story.dice.choice(workers).client(login))
            story.clock.sleep(story.dice.choice((0, 0, 1, 2)))
        forgetful = {**config, "SOGoFolderMemory": "0"}
        async with opened(story.store, story.clock, **forgetful) as cold:
            for _ in range(QUESTIONS):
                answered += await compare(story, story.question(), cold, story.dice.choice(workers))
    assert answered > STEPS * QUESTIONS / 3, "most questions have an answer"


async def compare(story: Story, question: Question, cold: House, warm: House) -> bool:
    """Whether there was a list to compare."""
    expected = await question.ask(cold.client)
    for _ in range(2):
        found = await question.ask(warm.client)
        assert comparable(found, cut=question.cut) == comparable(expected, cut=question.cut), (question, story.told)
    if expected.status != 207:
        return False
    if question.follows is not None:
        story.tokens.setdefault(question.follows, []).append(expected.token)
    return True
