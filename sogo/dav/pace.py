"""Long answers are made in slices, as `sogo.service.pace` says: the faces and what serves them share one measure."""

from __future__ import annotations

from sogo.service.pace import APART_ABOVE_CHARS, Pace, is_long, maybe_apart

__all__ = ["APART_ABOVE_CHARS", "Pace", "is_long", "maybe_apart"]
