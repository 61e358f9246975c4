"""Names the server gives by itself: those of default folders, in the owner's language and frozen at creation (store.md
§5.2), so that a later change of language renames nothing; and what is shown in place of a hidden title, in the
reader's."""

from __future__ import annotations

from sogo.model.folder import FolderKind
from sogo.model.rights import EventClass

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


_MASKED: dict[str, tuple[str, str, str, str, str, str]] = {
    "English": (
        "(Public event)", "(Private event)", "(Confidential event)",
        "(Public task)", "(Private task)", "(Confidential task)",
    ),
    "French": (
        "(Événement public)", "(Événement privé)", "(Événement confidentiel)",
        "(Tâche publique)", "(Tâche privée)", "(Tâche confidentielle)",
    ),
    "German": (
        "(Öffentlicher Termin)", "(Privater Termin)", "(Vertraulicher Termin)",
        "(Öffentliche Aufgabe)", "(Private Aufgabe)", "(Vertrauliche Aufgabe)",
    ),
    "SpanishSpain": (
        "(Evento público)", "(Evento privado)", "(Evento confidencial)",
        "(Tarea pública)", "(Tarea privada)", "(Tarea confidencial)",
    ),
    "Italian": (
        "(Evento pubblico)", "(Evento privato)", "(Evento riservato)",
        "(Attività pubblica)", "(Attività privata)", "(Attività riservata)",
    ),
    "Dutch": (
        "(Openbare afspraak)", "(Privéafspraak)", "(Vertrouwelijke afspraak)",
        "(Openbare taak)", "(Privétaak)", "(Vertrouwelijke taak)",
    ),
    "Portuguese": (
        "(Evento público)", "(Evento privado)", "(Evento confidencial)",
        "(Tarefa pública)", "(Tarefa privada)", "(Tarefa confidencial)",
    ),
    "Polish": (
        "(Wydarzenie publiczne)", "(Wydarzenie prywatne)", "(Wydarzenie poufne)",
        "(Zadanie publiczne)", "(Zadanie prywatne)", "(Zadanie poufne)",
    ),
    "Swedish": (
        "(Offentlig händelse)", "(Privat händelse)", "(Konfidentiell händelse)",
        "(Offentlig uppgift)", "(Privat uppgift)", "(Konfidentiell uppgift)",
    ),
    "Danish": (
        "(Offentlig begivenhed)", "(Privat begivenhed)", "(Fortrolig begivenhed)",
        "(Offentlig opgave)", "(Privat opgave)", "(Fortrolig opgave)",
    ),
    "Arabic": (
        "(حدث عام)", "(حدث خاص)", "(حدث سري)",
        "(مهمة عامة)", "(مهمة خاصة)", "(مهمة سرية)",
    ),
}  # fmt: skip
_SAME = {
    "Spanish": "SpanishSpain", "SpanishArgentina": "SpanishSpain", "BrazilianPortuguese": "Portuguese",
    "DanishDenmark": "Danish",
}  # fmt: skip


def masked_title(of_class: EventClass, language: str, *, is_task: bool) -> str:
    """What a reader of times sees as title; English where we have no words of the language."""
    words = _MASKED.get(_SAME.get(language, language), _MASKED["English"])
    return words[of_class + (len(EventClass) if is_task else 0)]
