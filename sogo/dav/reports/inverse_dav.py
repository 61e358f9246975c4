"""The reports of SOGo's own extension; POST takes the same documents (`sogo.dav.inverse_dav`)."""

from __future__ import annotations

from sogo.codec.davxml.names import INVERSE, clark
from sogo.dav.inverse_dav import ON_FOLDERS, ON_PRINCIPALS
from sogo.dav.reports import report
from sogo.dav.resources import FOLDERS, On

for _name, _answer in ON_FOLDERS.items():
    report(clark(INVERSE, _name), on=FOLDERS)(_answer)
for _name, _answer in ON_PRINCIPALS.items():
    report(clark(INVERSE, _name), on=On.PRINCIPAL)(_answer)
