"""ActiveSync (config.md §4.10)."""

from __future__ import annotations

from sogo.conf.kinds import boolean, integer
from sogo.conf.section import Parameter, SystemSection


class ActiveSyncSystem(SystemSection):
    """ActiveSync"""

    maximum_ping_interval = Parameter(
        "SOGoMaximumPingInterval",
        integer(minimum=1, zero=10),
        default=10,
        unit="seconds",
        doc="Longest time a Ping is held.",
    )
    maximum_sync_interval = Parameter(
        "SOGoMaximumSyncInterval",
        integer(minimum=1, zero=30),
        default=30,
        unit="seconds",
        doc="Longest time a Sync is held while nothing changes.",
    )
    internal_sync_interval = Parameter(
        "SOGoInternalSyncInterval",
        integer(minimum=1, zero=10),
        default=10,
        unit="seconds",
        doc="How often changes are looked for meanwhile; shorter than the two above.",
    )
    maximum_sync_response_size = Parameter(
        "SOGoMaximumSyncResponseSize",
        integer(minimum=0),
        default=0,
        unit="KB",
        doc="Largest answer to a Sync; 0 for no limit but the client's.",
    )
    maximum_sync_window_size = Parameter(
        "SOGoMaximumSyncWindowSize",
        integer(minimum=0),
        default=0,
        unit="items",
        doc="Most items in an answer to a Sync; 0 leaves it to the client.",
    )
    maximum_picture_size = Parameter(
        "SOGoMaximumPictureSize",
        integer(minimum=0),
        default=102400,
        unit="bytes",
        doc="Larger pictures of contacts are not sent to devices.",
    )
    eas_search_in_body = Parameter(
        "SOGoEASSearchInBody", boolean(), default=False, doc="Let searches of devices look into message bodies."
    )
    eas_disable_ui = Parameter("SOGoEASDisableUI", boolean(), default=False, doc="Hide devices from the preferences.")
    eas_debug_enabled = Parameter("SOGoEASDebugEnabled", boolean(), default=False, doc="Log what devices say.")
