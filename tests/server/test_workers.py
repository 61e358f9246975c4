"""Real processes: workers that are killed, hang, grow; what becomes of the requests around them."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.support.serving import SampleServer, eventually, is_alive, read_all

Make = Callable[..., SampleServer]


def test_every_worker_serves(sample_server: Make) -> None:
    server = sample_server(workers=2).start()
    eventually(lambda: len({server.get("/pid")[1] for _ in range(20)}) == 2)
    assert set(map(str, server.worker_pids())) == {server.get("/pid")[1] for _ in range(40)}


def test_a_killed_worker_is_replaced(sample_server: Make) -> None:
    server = sample_server(workers=1).start()
    [old] = server.worker_pids()
    os.kill(old, signal.SIGKILL)
    server.wait_for("that we are ready", times=2)
    assert server.get("/hello") == (200, "hello")
    assert server.worker_pids() != [old]
    assert f"child {old} exited, terminated due to signal 9" in server.log


def test_connections_waiting_when_a_worker_is_killed_are_served_by_the_next(sample_server: Make) -> None:
    server = sample_server(workers=1).start()
    [old] = server.worker_pids()
    os.kill(old, signal.SIGSTOP)
    waiting = [server.connect() for _ in range(20)]
    for sock in waiting:
        sock.sendall(b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    os.kill(old, signal.SIGKILL)
    answers = [read_all(sock) for sock in waiting]
    assert all(answer.startswith(b"HTTP/1.1 200 OK") and answer.endswith(b"hello") for answer in answers)


def test_a_worker_whose_loop_is_blocked_is_killed_and_replaced(sample_server: Make) -> None:
    server = sample_server(workers=1, blocked_seconds=0.5).start()
    [old] = server.worker_pids()
    with server.connect() as sock:
        sock.sendall(b"GET /block HTTP/1.1\r\nHost: a\r\n\r\n")
        assert read_all(sock) == b""
    server.wait_for("that we are ready", times=2)
    assert not is_alive(old)
    assert f"pid {old} has been hanging in the same request for 0 minutes" in server.log
    assert f"sending SIGKILL to pid {old}" in server.log
    assert "sample_server.py" in server.log.partition("most recent call first")[2]


def test_a_worker_with_a_request_that_cannot_be_cancelled_is_killed(sample_server: Make) -> None:
    server = sample_server(workers=1, request_seconds=0.2, watchdog_seconds=0.4, watchdog_grace_seconds=0.2).start()
    [old] = server.worker_pids()
    with server.connect() as sock:
        sock.sendall(b"POST /hang HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        assert read_all(sock) == b""
    server.wait_for("that we are ready", times=2)
    assert f"pid {old} has been hanging in the same request for 0 minutes" in server.log


def test_a_request_that_takes_too_long_is_cancelled_and_the_worker_lives(sample_server: Make) -> None:
    server = sample_server(workers=1, request_seconds=0.2, watchdog_seconds=0.2, watchdog_grace_seconds=60).start()
    status, text = server.get("/slow?seconds=600")
    assert (status, text) == (503, "The request took too long and was given up.\n")
    assert "SIGKILL" not in server.log


def test_a_long_poll_is_no_hanging_request(sample_server: Make) -> None:
    server = sample_server(workers=1, request_seconds=0.1, watchdog_seconds=0.1, watchdog_grace_seconds=0.1).start()
    with server.connect() as poll:
        poll.sendall(b"POST /poll HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        assert server.get("/slow?seconds=600")[0] == 503
        assert server.get("/slow?seconds=600")[0] == 503
        server.signal(signal.SIGTERM)
        assert read_all(poll).startswith(b"HTTP/1.1 200")
    assert server.wait() == 0
    assert "SIGKILL" not in server.log


def test_a_worker_grown_too_big_is_replaced_first_and_then_leaves(sample_server: Make) -> None:
    server = sample_server(workers=1, memory_limit_mb=200).start()
    [old] = server.worker_pids()
    assert server.get("/grow?mb=200")[0] == 200
    with server.connect() as slow:
        slow.sendall(b"GET /slow?seconds=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        server.wait_for("terminating app, vMem size limit (200 MB)")
        server.wait_for(f"child {old} exited with code 0")
        assert b"hello" in read_all(slow)
    log = server.log
    assert log.rindex("notified the watchdog that we are ready") < log.index(f"child {old} exited with code 0")
    assert server.get("/pid")[1] == str(server.worker_pids()[0])


def test_workers_leave_when_their_supervisor_is_killed(sample_server: Make) -> None:
    server = sample_server(workers=2).start()
    workers = server.worker_pids()
    server.signal(signal.SIGKILL)
    eventually(lambda: not any(map(is_alive, workers)))
    assert server.count("the supervisor is gone, going too") == 2


def test_a_request_under_way_is_finished_when_the_supervisor_dies(sample_server: Make) -> None:
    server = sample_server(workers=1).start()
    with server.connect() as slow:
        slow.sendall(b"GET /slow?seconds=0.5 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert server.get("/hello")[0] == 200
        server.signal(signal.SIGKILL)
        assert read_all(slow).endswith(b"hello")


def test_an_application_that_crashes_at_the_start_is_tried_again_and_heals(sample_server: Make) -> None:
    server = sample_server(workers=1, greeting="crash").start(wait=False)
    server.wait_for("RuntimeError: this application crashes", times=2)
    server.write_settings(greeting="hello")
    server.signal(signal.SIGHUP)
    server.wait_until_ready(1)
    eventually(lambda: server.get("/hello") == (200, "hello"))


def test_while_the_database_is_away_everybody_is_told_to_come_back(sample_server: Make) -> None:
    server = sample_server(workers=1, greeting="away", respawn_seconds=0.3).start(wait=False)
    server.wait_for("the worker cannot start: The database does not answer.")
    status, text = server.get("/hello")
    assert (status, text) == (503, "The service is starting, please try again.\n")
    assert server.get("/healthz")[0] == 200
    assert server.get("/readyz")[1] == '{"status": "unready", "backends": {"start": "The database does not answer."}}'
    server.wait_for("the worker cannot start", times=2)
    assert "hush" not in server.log
    server.write_settings(greeting="hello")
    server.signal(signal.SIGHUP)
    server.wait_until_ready(1)
    eventually(lambda: server.get("/hello") == (200, "hello"))


def test_an_application_that_refuses_its_configuration_ends_the_server(sample_server: Make) -> None:
    server = sample_server(workers=2, greeting="refuse").start(wait=False)
    assert server.wait() == 1
    assert "[FATAL] greeting: this application refuses" in server.log


def test_numbers_of_all_workers_are_summed_and_survive_a_worker(sample_server: Make) -> None:
    server = sample_server(workers=2).start()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: server.get("/slow?seconds=0.01")[0], range(40))) == {200}
    counted = 'sogo_http_request_seconds_count{face="other",method="GET",status="2xx"} 40.0'
    assert counted in server.get("/metrics")[1]
    os.kill(server.worker_pids()[0], signal.SIGKILL)
    server.wait_for("that we are ready", times=3)
    text = server.get("/metrics")[1]
    assert counted in text
    assert 'sogo_worker_ends_total{reason="signal"} 1.0' in text


def test_what_a_client_asks_while_workers_die_is_answered_or_visibly_cut_off(sample_server: Make) -> None:
    server = sample_server(workers=2).start()
    stop = threading.Event()
    answers: list[tuple[int, str]] = []

    def ask() -> None:
        while not stop.is_set():
            try:
                answers.append(server.get("/hello"))
            except OSError:
                continue

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(ask)
        for turn in range(3):
            os.kill(server.worker_pids()[0], signal.SIGKILL)
            server.wait_for("that we are ready", times=3 + turn)
        stop.set()
    assert set(answers) == {(200, "hello")}
