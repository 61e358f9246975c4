"""Scheduling told as stories: scheduling.md §§14, 15, the cases of RFC 5546 §4 and of RFC 6638, and hostile ones. How to
read them: `tests/model/scheduling/story.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model.scheduling.story import Story, Teller, stories

STORIES = dict(stories(Path(__file__).parent / "stories"))


@pytest.mark.parametrize("title", STORIES)
def test_story(title: str) -> None:
    story: Story = STORIES[title]
    assert story.steps, "nothing happens"
    Teller().tell(story)
