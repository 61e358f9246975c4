"""What one PROPPATCH writes is written together, over every store."""

from __future__ import annotations

import pytest

from sogo.errors import StoreUnavailable
from sogo.model.folder import FolderKind
from sogo.store.interface import Profile, PropertyEdits
from tests.support.stores import Site


def red(profile: Profile) -> None:
    profile.settings["color"] = "red"


def broken(profile: Profile) -> None:
    red(profile)
    raise StoreUnavailable("gone in the middle")


async def test_name_documents_and_properties_are_written_together(site: Site) -> None:
    store = site.store
    folder = await store.folders.create_folder("together", FolderKind.CALENDAR, "personal", "Old")
    edits = PropertyEdits((folder, "New"), {"together": red}, folder.path, {"{x}a": "1"}, ["{x}b"])
    await store.editor.apply(edits)
    found = await store.folders.find_folder("together", FolderKind.CALENDAR, "personal")
    assert found is not None
    assert found.folder.display_name == "New"
    assert (await store.profiles.load("together")).settings == {"color": "red"}
    assert await store.properties.load([folder.path]) == {folder.path: {"{x}a": "1"}}


async def test_a_failure_in_the_middle_leaves_nothing_of_it(site: Site) -> None:
    store = site.store
    folder = await store.folders.create_folder("apart", FolderKind.CALENDAR, "personal", "Old")
    with pytest.raises(StoreUnavailable):
        await store.editor.apply(PropertyEdits((folder, "New"), {"apart": broken}, folder.path, {"{x}a": "1"}))
    found = await store.folders.find_folder("apart", FolderKind.CALENDAR, "personal")
    assert found is not None
    assert found.folder.display_name == "Old"
    assert (await store.profiles.load("apart")).settings == {}
    assert await store.properties.load([folder.path]) == {}
