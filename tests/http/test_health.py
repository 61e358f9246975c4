"""Probes and numbers, and who may see them."""

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from sogo.errors import StoreUnavailable
from sogo.http import metrics
from sogo.http.health import Readiness, is_direct_loopback
from sogo.http.metrics import Metrics, Sampler
from sogo.http.settings import HttpSettings
from tests.http.conftest import Serve


async def nothing(request: web.Request) -> web.Response:
    return web.Response(status=404, text="no such face")


async def fine() -> None:
    return None


async def away() -> None:
    raise StoreUnavailable("The database does not answer.", url="postgresql://sogo:hush@db/sogo")


async def broken() -> None:
    raise KeyError("hush")


async def silent() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("path", ["/SOGo.index/", "/SOGo.index"])
async def test_the_probe_of_the_original_is_answered_for_everybody(serve: Serve, path: str) -> None:
    served = await serve(nothing)
    status, headers, body = await served.ask(path, headers={"x-forwarded-for": "1.2.3.4"})
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"SOGo" in body


async def test_the_server_is_alive_whatever_its_back_ends_do(serve: Serve) -> None:
    served = await serve(nothing, probes={"database": away})
    assert (await served.ask("/healthz"))[::2] == (200, b'{"status": "alive"}')


async def test_it_is_ready_when_every_back_end_is(serve: Serve) -> None:
    served = await serve(nothing, probes={"database": fine, "directory": fine})
    status, _, body = await served.ask("/readyz")
    assert (status, json.loads(body)) == (200, {"status": "ready", "backends": {"database": "ok", "directory": "ok"}})


async def test_each_back_end_tells_its_trouble_and_no_secret(serve: Serve) -> None:
    probes = {"database": away, "directory": broken, "memcached": silent, "imap": fine}
    served = await serve(nothing, probes=probes, settings=HttpSettings(probe_seconds=0.05))
    status, _, body = await served.ask("/readyz")
    assert (status, json.loads(body)["backends"]) == (
        503,
        {
            "database": "The database does not answer.",
            "directory": "failed",
            "memcached": "no answer in time",
            "imap": "ok",
        },
    )
    assert b"hush" not in body


async def test_what_it_can_do_without_only_degrades_it(serve: Serve) -> None:
    served = await serve(nothing, probes={"store": fine}, spare_probes={"memcached": away, "source books": fine})
    status, _, body = await served.ask("/readyz")
    told = {"store": "ok", "memcached": "degraded: The database does not answer.", "source books": "ok"}
    assert (status, json.loads(body)) == (200, {"status": "ready", "backends": told})


async def test_a_draining_worker_is_not_ready(serve: Serve) -> None:
    served = await serve(nothing, is_draining=lambda: True)
    status, _, body = await served.ask("/readyz")
    assert (status, json.loads(body)["status"]) == (503, "draining")


async def test_however_many_ask_a_back_end_is_asked_once() -> None:
    asked = 0

    async def count() -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)

    readiness = Readiness({"database": count}, {}, 1.0)
    answers = await asyncio.gather(*(readiness.ask() for _ in range(20)))
    assert all(answer == {"database": "ok"} for answer in answers)
    assert asked == 1


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.parametrize("header", ["X-Forwarded-For", "x-webobjects-remote-host", "Forwarded", "Via", "X-Real-IP"])
async def test_through_a_front_end_the_private_paths_do_not_exist(serve: Serve, path: str, header: str) -> None:
    served = await serve(nothing)
    assert (await served.ask(path, headers={header: "127.0.0.1"}))[0] == 404


@pytest.mark.parametrize(
    ("peer", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.5", False),
        ("::ffff:10.0.0.5", False),
        ("fe80::1%eth0", False),
        ("-", False),
    ],
)
def test_only_this_machine_itself_is_loopback(monkeypatch: pytest.MonkeyPatch, peer: str, is_loopback: bool) -> None:
    monkeypatch.setattr("sogo.http.health.peer_of", lambda request: peer)
    assert is_direct_loopback(make_mocked_request("GET", "/metrics")) is is_loopback


async def test_they_are_only_read(serve: Serve) -> None:
    served = await serve(nothing)
    status, headers, _ = await served.ask("/metrics", method="POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


async def test_requests_are_counted_by_face_method_and_class_of_status(serve: Serve) -> None:
    served = await serve(nothing)
    await served.ask("/x", method="PROPFIND")
    await served.ask("/x", method="X-RANDOM")
    status, headers, body = await served.ask("/metrics")
    text = body.decode()
    assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert 'sogo_http_request_seconds_count{face="other",method="PROPFIND",status="4xx"} 1.0' in text
    assert "X-RANDOM" not in text
    assert "/x" not in text


def test_numbers_of_other_parts_are_asked_for_and_totals_grow_by_what_is_new() -> None:
    faults = 5.0
    numbers = Metrics()
    numbers.add_samplers(
        [
            Sampler("waiting", "Requests that wait.", lambda: {("a",): 4.0, ("b",): 0.0}, ("database",)),
            Sampler("faults", "Failed calls.", lambda: {(): faults}, total=True),
        ]
    )
    numbers.sample()
    faults = 7.0
    numbers.sample()
    text = numbers.render().decode()
    assert 'sogo_waiting{database="a"} 4.0' in text
    assert 'sogo_waiting{database="b"} 0.0' in text
    assert "sogo_faults_total 7.0" in text


def test_a_directory_of_numbers_is_emptied_at_the_start(tmp_path: Path) -> None:
    directory = tmp_path / "metrics"
    metrics.empty(directory)
    (directory / "counter_1.db").write_bytes(b"old")
    metrics.empty(directory)
    assert list(directory.iterdir()) == []
    assert directory.stat().st_mode & 0o777 == 0o700


def test_numbers_without_a_directory_stay_in_this_process() -> None:
    one, other = Metrics(), Metrics()
    one.worker_ends.labels("exit").inc()
    assert b'sogo_worker_ends_total{reason="exit"} 1.0' in one.render()
    assert b"sogo_worker_ends_total{" not in other.render()
