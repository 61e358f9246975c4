"""Load from `wrk`, a compiled generator: a Python one would be the limit for small answers.

Each run gets a script that holds its requests whole and sends them one after the other. What comes back is one line of
JSON: how many, how long, which latencies, how many answers were not of the 2xx.
"""

from __future__ import annotations

import base64
import datetime as dt
import http.client
import json
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

_SCRIPT = """
local texts = {
%s
}
local place, serial, formatted = 0, 0, {}
local began = 1830297600 + os.time() %% 100000 * 60
function init(args)
  for n, t in ipairs(texts) do formatted[n] = wrk.format(t[1], t[2], t[3], t[4]) end
end
local function moment(minutes) return os.date("!%%Y%%m%%dT%%H%%M%%SZ", began + serial * 60 + minutes * 60) end
local function fill(text)
  text = string.gsub(text, "@SERIAL@", "%s" .. serial)
  text = string.gsub(text, "@START@", moment(0))
  return (string.gsub(text, "@END@", moment(60)))
end
function request()
  place = place %% #texts + 1
  local t = texts[place]
  if not t[5] then return formatted[place] end
  serial = serial + 1
  return wrk.format(t[1], fill(t[2]), t[3], fill(t[4]))
end
function done(summary, latency)
  io.write(string.format('{"requests":%%d,"seconds":%%.6f,"bytes":%%d,"p50":%%.3f,"p99":%%.3f,"failed":%%d,"broken":%%d}\\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
"""


@dataclass(frozen=True)
class Request:
    """`path` is written as it is sent. `@SERIAL@` in path and body becomes another number each time, `@START@` in the body
    another time and `@END@` an hour later."""

    user: str
    method: str
    path: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_new_each_time(self) -> bool:
        return "@SERIAL@" in self.path or "@START@" in self.body

    def made(self, serial: str) -> Request:
        """As it is sent the one time that `serial` stands for."""
        start = dt.datetime.now(dt.UTC) + dt.timedelta(days=2000)
        path, body = self.path.replace("@SERIAL@", serial), self.body.replace("@SERIAL@", serial)
        for word, moment in (("@START@", start), ("@END@", start + dt.timedelta(hours=1))):
            body = body.replace(word, f"{moment:%Y%m%dT%H%M%SZ}")
        return replace(self, path=path, body=body)


@dataclass(frozen=True)
class Measured:
    """`p50` and `p99` are milliseconds; `cpu_us` is server CPU per request, `statements` SQL statements per request, None
    where nobody counted."""

    requests: int
    seconds: float
    bytes: int
    p50: float
    p99: float
    failed: int
    broken: int
    cpu_us: float | None = None
    statements: float | None = None

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0


def run(base: str, requests: Sequence[Request], *, password: str, connections: int, seconds: int, tag: str) -> Measured:
    """`tag` makes the serial numbers of this run its own."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua", prefix="sogo-bench-") as script:
        script.write(_SCRIPT % (",\n".join(_lua(one, password) for one in requests), tag))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", script.name, base]
        ended = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(ended.stdout.splitlines()[-1])
    return Measured(**found)


def first_byte_ms(base: str, request: Request, password: str) -> float:
    """Milliseconds until the first octet of the body is there."""
    address = urlsplit(base)
    assert address.hostname is not None
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    login = base64.b64encode(f"{request.user}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", **request.headers}
    with closing(connection):
        began = time.perf_counter()
        connection.request(request.method, request.path, request.body.encode(), headers)
        answer = connection.getresponse()
        answer.read(1)
        took = time.perf_counter() - began
        answer.read()
    return took * 1000


def _lua(request: Request, password: str) -> str:
    login = base64.b64encode(f"{request.user}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", **request.headers}
    listed = ", ".join(f"[{_quoted(name)}] = {_quoted(value)}" for name, value in headers.items())
    fresh = "true" if request.is_new_each_time else "false"
    return f"{{{_quoted(request.method)}, {_quoted(request.path)}, {{{listed}}}, {_quoted(request.body)}, {fresh}}}"


def _quoted(text: str) -> str:
    """A Lua string; every octet that is not plain is written as a number."""
    plain = "".join(
        chr(octet) if 32 <= octet < 127 and chr(octet) not in '\\"' else f"\\{octet:03d}" for octet in text.encode()
    )
    return f'"{plain}"'


def is_installed() -> bool:
    return any((Path(folder) / "wrk").exists() for folder in ("/usr/bin", "/usr/local/bin"))
