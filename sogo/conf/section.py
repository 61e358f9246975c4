"""How a parameter is declared and read.

    class Process(SystemSection):
        workers_count = Parameter("WOWorkersCount", integer(minimum=1), default=1, honoured=YES, doc="…")

    config.system.workers_count        an int, to the type checker too

A section is a chain of layers, nearest first: for a user the profile, the domain, the system. The first layer with
a readable value wins; else the default. The level of a parameter is the class it is declared in, and what a level may
read is the chain it is given. A section never changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, ClassVar, Generic, NoReturn, Self, TypeVar, overload

from sogo.conf.kinds import Kind, WrongType

T = TypeVar("T")

Layer = Mapping[str, object]


class Level(Enum):
    """Where a parameter may stand. The value is the mark the manual of the original uses."""

    SYSTEM = "S"
    DOMAIN = "D"
    USER = "U"
    SOURCE = "source"


class Honoured(Enum):
    """Whether this server acts on a parameter. The value is what the manual says."""

    YES = "yes"
    NOT_YET = "not yet"
    IGNORED = "accepted and ignored"


YES, NOT_YET, IGNORED = Honoured.YES, Honoured.NOT_YET, Honoured.IGNORED


class Parameter(Generic[T]):
    """One row of the table.

    `aliases` are older names, read where the name itself is absent. `unit` is what a number counts. `ours` marks what
    the original does not have, `printed` is False where its manual is silent. `example` is a property list for
    etc/sogo.conf.example. `inherits` is False where only the nearest layer counts.
    """

    def __init__(
        self,
        name: str,
        kind: Kind[T],
        *,
        default: T,
        doc: str,
        unit: str = "",
        honoured: Honoured = NOT_YET,
        aliases: tuple[str, ...] = (),
        ours: bool = False,
        printed: bool = True,
        example: str = "",
        inherits: bool = True,
    ) -> None:
        self.name = name
        self.kind = kind
        self.default = default
        self.doc = doc
        self.unit = unit
        self.honoured = honoured
        self.aliases = aliases
        self.ours = ours
        self.printed = printed
        self.example = example
        self.inherits = inherits
        self.attribute = ""
        self.level = Level.SYSTEM
        self.group = ""

    def __set_name__(self, owner: type[Section], attribute: str) -> None:
        self.attribute = attribute
        self.level = owner.level
        self.group = (owner.__doc__ or owner.__name__).partition("\n")[0].rstrip(".")

    @overload
    def __get__(self, section: None, owner: type[Section]) -> Self: ...
    @overload
    def __get__(self, section: Section, owner: type[Section]) -> T: ...
    def __get__(self, section: Section | None, owner: type[Section]) -> Self | T:
        return self if section is None else section.read(self)

    def __set__(self, section: Section, value: NoReturn) -> NoReturn:
        raise AttributeError(f"{self.attribute} is read only")


class Section:
    """Base of the four levels: reads its parameters from its layers, once each."""

    level: ClassVar[Level]

    __slots__ = ("_layers", "_values")

    def __init__(self, *layers: Layer) -> None:
        self._layers = layers
        self._values: dict[str, object] = {}

    @classmethod
    def parameters(cls) -> Iterator[Parameter[Any]]:
        """The rows declared in this class and its bases, in order of declaration."""
        for base in reversed(cls.__mro__):
            for item in vars(base).values():
                if isinstance(item, Parameter):
                    yield item

    def read(self, parameter: Parameter[T]) -> T:
        """The value of a parameter: nearest layer first, unreadable values skipped, then the default."""
        attribute = parameter.attribute
        if attribute not in self._values:
            self._values[attribute] = self._find(parameter)
        return self._values[attribute]  # type: ignore[return-value]

    def _find(self, parameter: Parameter[T]) -> T:
        for layer in self._layers if parameter.inherits else self._layers[:1]:
            for name in (parameter.name, *parameter.aliases):
                value = layer.get(name)
                if value is None:
                    continue
                try:
                    return parameter.kind.read(value)
                except WrongType:
                    break
        return parameter.default

    def is_set(self, parameter: Parameter[Any]) -> bool:
        """Whether any layer says something readable, so that the value is not the default."""
        for layer in self._layers:
            for name in (parameter.name, *parameter.aliases):
                try:
                    if layer.get(name) is not None:
                        parameter.kind.read(layer[name])
                        return True
                except WrongType:
                    break
        return False


class SystemSection(Section):
    level = Level.SYSTEM
    __slots__ = ()


class DomainSection(Section):
    level = Level.DOMAIN
    __slots__ = ()


class UserSection(Section):
    level = Level.USER
    __slots__ = ()


class SourceSection(Section):
    level = Level.SOURCE
    __slots__ = ()
