"""User sources shown as address books (auth.md §1.8): read-only, searched rather than listed."""

from __future__ import annotations

from dataclasses import dataclass

from sogo.auth.interface import Record, User, UserSource
from sogo.errors import NotFound
from sogo.model.directory_card import card_etag, directory_card
from sogo.service.site import Site

LIST_LIMIT = 10_000
"""Entries a listing shows at most; whoever needs more searches."""


@dataclass(frozen=True, slots=True)
class DirectoryCard:
    """One entry with the card made of it. `name` is its last URL segment."""

    name: str
    text: str
    etag: str

    @classmethod
    def of(cls, record: Record) -> DirectoryCard:
        name = record.name or record.uid
        text = directory_card(entry_id=name, cn=record.cn, emails=record.emails, attributes=record.attributes)
        return cls(name, text, card_etag(text))


class DirectoryBookService:
    def __init__(self, site: Site) -> None:
        self._site = site

    def books(self, actor: User, owner: User) -> list[UserSource]:
        """The directories in a home, by name: everybody sees them in their own home only (dav.md §2)."""
        found = self._site.directory.address_books(actor) if actor.user_id == owner.user_id else []
        return sorted(found, key=lambda source: (source.display_name or source.id).casefold())

    def find(self, actor: User, owner: User, name: str) -> UserSource:
        """Raises NotFound."""
        for source in self.books(actor, owner):
            if source.id == name:
                return source
        raise NotFound("There is no such address book.")

    async def cards(self, source: UserSource) -> list[DirectoryCard]:
        """All entries; where the site wants its directory searched only (listRequiresDot), the first few it shows all
        the same, or none."""
        return [DirectoryCard.of(record) for record in await source.search("", limit=LIST_LIMIT)]

    async def search(self, source: UserSource, text: str, *, limit: int = LIST_LIMIT) -> list[DirectoryCard]:
        """What the directory finds; nothing for a text shorter than SOGoSearchMinimumWordLength."""
        if len(text) < self._minimum_length(source) and text != ".":
            return []
        return [DirectoryCard.of(record) for record in await source.search(text, limit=limit)]

    async def card(self, source: UserSource, name: str) -> DirectoryCard:
        """One entry. Raises NotFound."""
        record = await source.entry(name)
        if record is None:
            raise NotFound("There is no such entry.")
        return DirectoryCard.of(record)

    def _minimum_length(self, source: UserSource) -> int:
        return self._site.config.domain(source.domain).search_minimum_word_length
