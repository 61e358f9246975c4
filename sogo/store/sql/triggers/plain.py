"""What the triggers of MySQL and SQLite have in common: the same pair of statements for each operation."""

from __future__ import annotations

from dataclasses import dataclass

from sogo.store.sql.dialects.base import Tracked
from sogo.store.sql.tables import FOLDER_REVISION_NAME, OBJECT_REVISION_NAME


@dataclass(frozen=True, slots=True)
class Words:
    """How a database says the few things they say differently: the larger of two, a longer text, and an upsert."""

    greatest: str
    joined: str
    """The text made of the texts {0} and {1}."""
    new_value: str
    """The column {column} of the row that could not be inserted."""
    on_clash: str
    """What comes before the changes of an upsert; {key} are the columns that clash."""


def note(tracked: Tracked, row: str, words: Words) -> str:
    """Raise the folder's revision and note it for the row NEW or OLD.

    A folder with a table of its own counts only once its row is there: MySQL makes triggers one by one, and the row,
    made last, says that all of them stand.
    """
    folder = f"{row}.c_folder_id" if tracked.folder_id is None else f"{tracked.folder_id:d}"
    noted = (
        f"{words.on_clash.format(key='c_folder_id, c_name')} c_revision = {words.new_value.format(column='c_revision')}"
    )
    return (
        f"{_raised(tracked, row, words)}\nINSERT INTO {OBJECT_REVISION_NAME} (c_folder_id, c_name, c_revision) "
        f"SELECT c_folder_id, {row}.c_name, c_revision FROM {FOLDER_REVISION_NAME} WHERE c_folder_id = {folder} "
        f"{noted};"
    )


def _raised(tracked: Tracked, row: str, words: Words) -> str:
    if tracked.folder_id is not None:
        return (
            f"UPDATE {FOLDER_REVISION_NAME} SET c_revision = c_revision + 1, c_modified = "
            f"{words.greatest}(c_modified, {row}.c_lastmodified) WHERE c_folder_id = {tracked.folder_id:d};"
        )
    generation = words.joined.format(f"'{tracked.generation}f'", f"{row}.c_folder_id")
    clash, given = words.on_clash.format(key="c_folder_id"), words.new_value.format(column="c_modified")
    return (
        f"INSERT INTO {FOLDER_REVISION_NAME} (c_folder_id, c_generation, c_revision, c_modified) "
        f"VALUES ({row}.c_folder_id, {generation}, 1, {row}.c_lastmodified) "
        f"{clash} c_revision = c_revision + 1, c_modified = {words.greatest}(c_modified, {given});"
    )


def moved(tracked: Tracked) -> str:
    """The condition that an update gave a row another name, or another folder."""
    folder = "OLD.c_folder_id <> NEW.c_folder_id OR " if tracked.folder_id is None else ""
    return f"{folder}OLD.c_name <> NEW.c_name"
