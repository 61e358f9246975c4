"""All that a change of DAV properties writes, in one transaction: a folder's name, documents, properties kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sogo.errors import AlreadyExists
from sogo.store.interface import PropertyEdits
from sogo.store.sql.engine import Engine, Session, retrying
from sogo.store.sql.faults import Fault, refusal
from sogo.store.sql.folders import Registry
from sogo.store.sql.profile import SqlProfileStore
from sogo.store.sql.properties import SqlPropertyStore, check_lengths

Work = Callable[[Session], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class SqlPropertyEditor:
    """`interface.PropertyEditor`. Where profiles lie in another database than folders there are two transactions, and
    the one for the folders, which can be refused, comes first."""

    registry: Registry
    profiles: SqlProfileStore
    properties: SqlPropertyStore

    async def apply(self, edits: PropertyEdits) -> None:
        if edits.path is not None:
            check_lengths(edits.path, edits.store)
        together = self.profiles.engine is self.properties.engine

        async def folders(session: Session) -> None:
            if edits.rename is not None:
                await self.registry.rename_in(session, *edits.rename)
            if edits.path is not None:
                await self.properties.update_in(session, edits.path, "", edits.store, edits.remove)
            if together:
                await profiles(session)

        async def profiles(session: Session) -> None:
            for user_id, change in sorted(edits.profiles.items()):
                await self.profiles.update_in(session, user_id, change)

        try:
            await _once_or_again(self.properties.engine, folders)
            if not together and edits.profiles:
                await _once_or_again(self.profiles.engine, profiles)
        finally:
            for user_id in edits.profiles:
                await self.profiles.remembered.forget_profile(user_id)


async def _once_or_again(engine: Engine, work: Work) -> None:
    """In a transaction; again when another writer made the same row first."""

    async def once() -> None:
        try:
            async with engine.transaction() as session:
                await work(session)
        except AlreadyExists as error:
            raise refusal(Fault.CONFLICT, error) from error

    await retrying(once)
