"""Per-folder settings in the profile document (store.md §12)."""

from __future__ import annotations

from typing import Any

import pytest

from sogo.errors import InvalidData
from sogo.model import folder_settings
from sogo.model.folder import Folder, FolderKind
from sogo.model.folder_settings import FolderSettings

FOLDER = Folder(7, "jdoe", FolderKind.CALENDAR, "work", "Work")
OTHER = Folder(8, "jdoe", FolderKind.CALENDAR, "home", "Home")


def test_an_empty_document_gives_the_defaults() -> None:
    assert folder_settings.read({}, FOLDER) == FolderSettings()


def test_what_was_written_is_read_back_and_leaves_other_folders_and_keys_alone() -> None:
    document: dict[str, Any] = {
        "Calendar": {"FolderColors": {OTHER.reference: "#112233"}, "Unknown": [1]},
        "Mail": {"x": 1},
    }
    folder_settings.set_color(document, FOLDER, "#00FF00")
    folder_settings.set_description(document, FOLDER, "a, b")
    folder_settings.set_transparent(document, FOLDER, True)
    folder_settings.set_show_alarms(document, FOLDER, False)
    found = folder_settings.read(document, FOLDER)
    assert (found.color, found.description, found.transparent, found.show_alarms) == ("#00FF00", "a, b", True, False)
    assert folder_settings.read(document, OTHER).color == "#112233"
    assert document["Calendar"]["Unknown"] == [1]
    assert document["Mail"] == {"x": 1}


def test_only_a_no_is_stored_for_alarms() -> None:
    document: dict[str, Any] = {}
    folder_settings.set_show_alarms(document, FOLDER, True)
    assert document["Calendar"].get("FolderShowAlarms", {}) == {}


@pytest.mark.parametrize("stored", [1, "1", "YES", "yes", True, "true"])
def test_every_form_of_true_the_original_ever_stored_is_true(stored: object) -> None:
    assert folder_settings.truth(stored)


@pytest.mark.parametrize("stored", [0, "0", "NO", False, None, "", "false"])
def test_everything_else_is_false(stored: object) -> None:
    assert not folder_settings.truth(stored)


@pytest.mark.parametrize(
    "document",
    [{"Calendar": 5}, {"Calendar": {"FolderColors": "x"}}, {"Calendar": {"FolderColors": {FOLDER.reference: 3}}}],
)
def test_a_document_of_odd_types_reads_as_defaults(document: dict[str, Any]) -> None:
    assert folder_settings.read(document, FOLDER) == FolderSettings()


def test_a_removed_folder_leaves_no_trace() -> None:
    document: dict[str, Any] = {
        "Calendar": {
            "FolderColors": {FOLDER.reference: "#112233", OTHER.reference: "#445566"},
            "FoldersOrder": ["work", "home"],
            "SubscribedFolders": [FOLDER.reference],
        }
    }
    folder_settings.forget(document, FOLDER)
    assert document["Calendar"] == {
        "FolderColors": {OTHER.reference: "#445566"}, "FoldersOrder": ["home"], "SubscribedFolders": []
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "color"), [("#a1b2c3", "#A1B2C3"), ("#A1B2C3ff", "#A1B2C3"), (" #000000 ", "#000000")]
)
def test_a_colour_loses_its_transparency(text: str, color: str) -> None:
    assert folder_settings.parse_color(text) == color


@pytest.mark.parametrize("text", ["", "red", "#12345", "#1234567", "#GGGGGG", "url(x)"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(InvalidData):
        folder_settings.parse_color(text)
