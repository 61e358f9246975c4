"""Names the server gives by itself, in the owner's language: those of default folders. Frozen at creation
(store.md §5.2), so a later change of language renames nothing."""

from __future__ import annotations

from sogo.model.folder import FolderKind

_PERSONAL: dict[str, tuple[str, str]] = {
    "English": ("Personal Calendar", "Personal Address Book"),
    "French": ("Agenda personnel", "Carnet personnel"),
    "German": ("Persönlicher Kalender", "Persönliches Adressbuch"),
    "Spanish": ("Calendario personal", "Libreta personal"),
    "Italian": ("Calendario personale", "Rubrica personale"),
    "Dutch": ("Persoonlijke agenda", "Persoonlijk adresboek"),
    "Arabic": ("التقويم الشخصي", "دفتر العناوين الشخصي"),
}


def personal_folder_name(kind: FolderKind, language: str) -> str:
    """The display name of a new `personal` folder; English where we have no words of the language."""
    calendar, contacts = _PERSONAL.get(language, _PERSONAL["English"])
    return calendar if kind is FolderKind.CALENDAR else contacts
