"""What can go wrong between us and a database, in one vocabulary for all drivers.

Each dialect says which `Fault` an exception of its driver means; `refusal` turns that into an error of `sogo.errors`.
Callers who need to know more than "not now" look at `fault_of(error)`.
"""

from __future__ import annotations

from enum import Enum, auto

from sogo.errors import AlreadyExists, InvalidData, SogoError, StoreUnavailable


class Fault(Enum):
    UNREACHABLE = auto()  # no connection could be opened
    BUSY = auto()  # no free connection in the pool in time
    DISCONNECTED = auto()  # a connection ended under a statement; nothing was committed by it
    UNCERTAIN = auto()  # a connection ended under COMMIT: nobody knows
    TIMEOUT = auto()
    CONFLICT = auto()  # deadlock, serialization failure, lock wait: the same again may work
    MISSING = auto()  # no such table
    DENIED = auto()  # the database user lacks a privilege
    DUPLICATE = auto()  # a key, a table or a trigger exists already
    STOPPED = auto()  # by our own triggers: whoever wrote looks for the reason
    UNFIT = auto()  # a value that the column cannot hold
    UNKNOWN = auto()  # ours to mend


_WORDS = {
    Fault.UNREACHABLE: "The database cannot be reached.",
    Fault.BUSY: "The database is busy.",
    Fault.DISCONNECTED: "The connection to the database was lost.",
    Fault.UNCERTAIN: "The connection to the database was lost while saving.",
    Fault.TIMEOUT: "The database did not answer in time.",
    Fault.CONFLICT: "The database is busy with other changes of the same data.",
    Fault.MISSING: "A table is missing in the database.",
    Fault.DENIED: "The database refuses the operation.",
    Fault.STOPPED: "The database has stopped the change.",
}


def refusal(fault: Fault, cause: BaseException | None = None, **fields: object) -> SogoError:
    """The error to raise for a fault. What the driver said goes to the log fields, never to the client."""
    if cause is not None:
        # Only the first line: what follows may quote the row, and rows are nobody's business.
        fields["cause"] = f"{type(cause).__name__}: {str(cause).partition(chr(10))[0][:300]}"
    if fault is Fault.DUPLICATE:
        return AlreadyExists("The name is taken.", fault=fault, **fields)
    if fault is Fault.UNFIT:
        return InvalidData("The database cannot hold this text.", rule="supported-text", fault=fault, **fields)
    return StoreUnavailable(_WORDS[fault], retry_after_seconds=5, fault=fault, **fields)


def fault_of(error: BaseException) -> Fault | None:
    """The fault behind an error made by `refusal`, else None."""
    fault = error.fields.get("fault") if isinstance(error, SogoError) else None
    return fault if isinstance(fault, Fault) else None
