"""A user's choices as far as they change what is stored: profile first, then domain, then system (config.md §3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sogo.auth.interface import User
from sogo.conf.levels import Config
from sogo.model import timezone
from sogo.store.interface import Profile


@dataclass(frozen=True, slots=True)
class Preferences:
    zone: dt.tzinfo
    zone_name: str
    language: str
    event_class: str
    task_class: str
    day_start_hour: int


def preferences(config: Config, user: User, profile: Profile) -> Preferences:
    """The effective choices of a user; a zone nobody knows counts as UTC."""
    chosen = config.user(profile.defaults, user.domain)
    name = timezone.iana_name(chosen.time_zone) or "UTC"
    return Preferences(
        zone=ZoneInfo(name),
        zone_name=name,
        language=chosen.language,
        event_class=chosen.calendar_events_default_classification,
        task_class=chosen.calendar_tasks_default_classification,
        day_start_hour=chosen.day_start_time,
    )
