"""What the person who ran `scripts/serve` reads: addresses, logins, and set-ups of clients ready to paste.

`python -m sogo.demo.guide URL STATE_DIR PID` waits until the server answers, then prints it; it gives up when the
process PID ends first.
"""

from __future__ import annotations

import http.client
import os
import sys
import time
from contextlib import closing
from pathlib import Path

from sogo.demo.people import ANNA, PASSWORD, TEAM

WAIT_SECONDS = 120.0

VDIRSYNCER = """\
[general]
status_path = "{folder}/status/"

[pair calendars]
a = "calendars_here"
b = "calendars_there"
collections = ["from a", "from b"]
conflict_resolution = "b wins"
metadata = ["displayname", "color"]

[pair contacts]
a = "contacts_here"
b = "contacts_there"
collections = ["personal", "suppliers"]
conflict_resolution = "b wins"

[storage calendars_here]
type = "filesystem"
path = "{folder}/calendars/"
fileext = ".ics"

[storage calendars_there]
type = "caldav"
url = "{url}/"
username = "{login}"
password = "{password}"

[storage contacts_here]
type = "filesystem"
path = "{folder}/contacts/"
fileext = ".vcf"

[storage contacts_there]
type = "carddav"
url = "{url}/"
username = "{login}"
password = "{password}"
"""

GUIDE = """\

SOGo is running. Ctrl-C stops it; {state} holds all it stores.

  In a browser      {url}/SOGo
  Calendars and contacts for any client that asks for a server
                    {url}/
  or for an address {url}/SOGo/dav/{login}/Calendar/personal/
                    {url}/SOGo/dav/{login}/Contacts/personal/
  Logins            {logins}
  Mails             {state}/mails, one file each; none leaves this machine

What to try   {login}: write in Team, which ben and chloe change too; move the workshop, and read what they are told
              ben: Chloé's Family shows when she is busy, and not with what; answer the workshop he was not sure of
              chloe: answer the workshop; ask when everybody is free; invite the Test kitchen when it is taken

Thunderbird   New calendar > On the network > user name {login}, location {url}/
              New address book > Add CardDAV address book > user name {login}, location {url}/
DAVx5         Log in with URL and user name > base URL {url}/
              A phone on a cable reaches it after: adb reverse tcp:{port} tcp:{port}
vdirsyncer    vdirsyncer -c {configuration} discover
              vdirsyncer -c {configuration} sync
              This file is made for {login}, and to be pasted anywhere:

{indented}"""


def vdirsyncer_configuration(url: str, folder: Path) -> str:
    """A complete configuration of vdirsyncer for the first demo user; it keeps its copies under `folder`."""
    return VDIRSYNCER.format(url=url, folder=folder, login=ANNA.login, password=PASSWORD)


def guide(url: str, state: Path) -> str:
    """The text. `url` is scheme, host and port without a final slash."""
    configuration = vdirsyncer_configuration(url, state / "vdirsyncer")
    return GUIDE.format(
        url=url,
        state=state,
        login=ANNA.login,
        port=url.rpartition(":")[2],
        logins=", ".join(f"{person.login} / {PASSWORD}" for person in TEAM),
        configuration=state / "vdirsyncer.conf",
        indented="".join(f"    {line}\n" if line else "\n" for line in configuration.splitlines()),
    )


def wait_until_it_answers(url: str, pid: int) -> bool:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if _answers(url):
            return True
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.2)
    return False


def _answers(url: str) -> bool:
    with closing(http.client.HTTPConnection(url.partition("//")[2], timeout=5)) as connection:
        try:
            connection.request("GET", "/SOGo.index/")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def main() -> int:
    url, state, pid = sys.argv[1].rstrip("/"), Path(sys.argv[2]).resolve(), int(sys.argv[3])
    if not wait_until_it_answers(url, pid):
        return 1
    (state / "vdirsyncer.conf").write_text(vdirsyncer_configuration(url, state / "vdirsyncer"))
    print(guide(url, state), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
