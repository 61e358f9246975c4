"""Real processes: starting, reloading, ending; log, pid file, systemd, the background."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sogo.errors import ConfigError
from sogo.server import daemon
from tests.support.serving import ROOT, SampleServer, eventually, is_alive, read_all

Make = Callable[..., SampleServer]


def test_sigterm_finishes_what_runs_and_ends_with_zero(sample_server: Make) -> None:
    server = sample_server(workers=2).start()
    with server.connect() as slow:
        slow.sendall(b"GET /slow?seconds=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert server.get("/hello")[0] == 200
        server.signal(signal.SIGTERM)
        answer = read_all(slow)
    assert answer.endswith(b"hello")
    assert b"Connection: close" in answer
    assert server.wait() == 0
    log = server.log
    assert "Terminating with SIGINT or SIGTERM" in log
    assert log.rstrip().endswith("all children exited. We now terminate.")


def test_a_request_that_does_not_end_is_given_up_after_the_shutdown_time(sample_server: Make) -> None:
    server = sample_server(workers=1, shutdown_seconds=0.3).start()
    with server.connect() as slow:
        slow.sendall(b"GET /slow?seconds=600 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert server.get("/hello")[0] == 200
        assert server.stop() == 0
    assert "giving up 1 requests that did not end in time" in server.log


def test_a_second_sigterm_does_not_wait(sample_server: Make) -> None:
    server = sample_server(workers=1).start()
    with server.connect() as slow:
        slow.sendall(b"GET /slow?seconds=600 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert server.get("/hello")[0] == 200
        server.signal(signal.SIGTERM)
        server.wait_for("Terminating with SIGINT or SIGTERM")
        server.signal(signal.SIGTERM)
        assert server.wait() == 0


@pytest.mark.parametrize("use_uvloop", [True, False])
def test_a_reload_under_load_drops_nothing(sample_server: Make, use_uvloop: bool) -> None:
    server = sample_server(workers=2, greeting="old", use_uvloop=use_uvloop, idle_seconds=20).start()
    stop = threading.Event()

    def ask() -> list[tuple[int, str]]:
        answers = []
        while not stop.is_set():
            answers.append(server.get("/slow?seconds=0.01"))
        return answers

    with ThreadPoolExecutor(6) as pool:
        asking = [pool.submit(ask) for _ in range(6)]
        for turn in range(1, 4):
            server.write_settings(greeting=f"new{turn}")
            server.signal(signal.SIGHUP)
            server.wait_for("reload finished", times=turn)
        stop.set()
        answers = [answer for one in asking for answer in one.result()]
    assert {status for status, _ in answers} == {200}
    eventually(lambda: server.count("exited with code 0") == 6)
    assert server.get("/hello") == (200, "new3")


def test_a_reload_keeps_connections_until_their_next_answer(sample_server: Make) -> None:
    server = sample_server(workers=1, greeting="old", idle_seconds=20).start()
    with server.connect() as kept:
        kept.sendall(b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        assert kept.recv(65536).endswith(b"old")
        server.write_settings(greeting="new")
        server.signal(signal.SIGHUP)
        server.wait_for("reload finished")
        eventually(lambda: server.get("/hello") == (200, "new"))
        kept.sendall(b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = read_all(kept)
    assert answer.endswith(b"old")
    assert b"Connection: close" in answer


def test_a_reload_changes_the_number_of_workers(sample_server: Make) -> None:
    server = sample_server(workers=1).start()
    for workers, reload in ((3, 1), (1, 2)):
        server.write_settings(workers=workers)
        server.signal(signal.SIGHUP)
        server.wait_for("reload finished", times=reload)
        eventually(lambda wanted=workers: len(server.worker_pids()) == wanted)
    assert "received SIGHUP" in server.log


def test_a_reload_follows_the_address(sample_server: Make) -> None:
    server = sample_server(workers=1).start()
    old = server.address
    server.write_settings(listen="auto,[::1]:" + str(free_port()))
    server.signal(signal.SIGHUP)
    server.wait_for("reload finished")
    assert server.address[0] == "::1"
    assert server.get("/hello")[0] == 200
    with socket.create_connection(old):
        pass


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_a_configuration_that_cannot_be_read_leaves_all_as_it_is(sample_server: Make) -> None:
    server = sample_server(workers=1).start()
    workers = server.worker_pids()
    (server.folder / "settings.json").write_text("{")
    server.signal(signal.SIGHUP)
    server.wait_for("going on with the old one")
    assert server.get("/hello")[0] == 200
    assert server.worker_pids() == workers


def test_a_configuration_the_application_refuses_leaves_the_old_workers_serving(sample_server: Make) -> None:
    server = sample_server(workers=1).start()
    workers = server.worker_pids()
    server.write_settings(greeting="refuse")
    server.signal(signal.SIGHUP)
    server.wait_for("this application refuses")
    assert server.get("/hello") == (200, "hello")
    assert workers[0] in server.worker_pids()
    server.write_settings(greeting="again")
    server.signal(signal.SIGHUP)
    server.wait_for("reload finished")
    eventually(lambda: server.get("/hello") == (200, "again"))


def test_the_pid_file_holds_the_bare_number_and_goes_at_the_end(sample_server: Make, tmp_path: Path) -> None:
    pid_file = tmp_path / "sogo.pid"
    server = sample_server(pid_file=str(pid_file)).start()
    assert pid_file.read_bytes() == str(server.pid).encode()
    server.stop()
    assert not pid_file.exists()


def test_numbers_are_kept_beside_the_pid_file_and_go_with_the_server(sample_server: Make, tmp_path: Path) -> None:
    server = sample_server(pid_file=str(tmp_path / "sogo.pid"), metrics_directory=None).start()
    assert list((tmp_path / "sogo.metrics").glob("*.db"))
    server.stop()
    assert list(tmp_path.glob("sogo.*")) == []


def test_a_pid_file_that_cannot_be_written_is_a_refusal_with_advice(sample_server: Make, tmp_path: Path) -> None:
    server = sample_server(pid_file=str(tmp_path / "nowhere" / "sogo.pid")).start(wait=False)
    assert server.wait() == 255
    assert "cannot be written" in server.log
    assert "Create its folder" in server.log


def test_a_port_in_use_is_tried_five_times_and_then_a_refusal(sample_server: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = sample_server(listen=f"127.0.0.1:{taken.getsockname()[1]}").start(wait=False)
        assert server.wait() == 255
    assert server.count("cannot listen on") == 5
    assert "unable to listen on specified port" in server.log


def test_the_log_file_takes_everything_and_survives_copytruncate(sample_server: Make, tmp_path: Path) -> None:
    log = tmp_path / "sogo.log"
    server = sample_server(log_file=str(log)).start(wait=False)
    eventually(lambda: log.exists() and "that we are ready" in log.read_text())
    server.log_path = log
    server.get("/first")
    eventually(lambda: "/first" in log.read_text())
    os.truncate(log, 0)
    server.get("/second")
    eventually(lambda: "/second" in log.read_text())
    prefix = r"\w{3} \d\d [\d:]{8} sogod \[\d+\]: "
    access = r"127\.0\.0\.1 \"GET /second HTTP/1\.1\" 200 5/0 \d+\.\d{3} - - \d+[KM]? - \d+\n"
    assert re.fullmatch(prefix + access, log.read_text())


def test_a_log_file_that_was_renamed_is_opened_anew_on_request(sample_server: Make, tmp_path: Path) -> None:
    log = tmp_path / "sogo.log"
    server = sample_server(log_file=str(log)).start(wait=False)
    eventually(lambda: log.exists() and "that we are ready" in log.read_text())
    server.log_path = log.rename(tmp_path / "sogo.log.1")
    server.signal(signal.SIGUSR1)
    eventually(log.exists)
    eventually(lambda: server.get("/again") and "/again" in log.read_text())


def test_a_log_file_that_cannot_be_written_is_a_refusal(sample_server: Make, tmp_path: Path) -> None:
    server = sample_server(log_file=str(tmp_path / "nowhere" / "sogo.log")).start(wait=False)
    assert server.wait() != 0
    assert "WOLogFile" in server.log


def test_one_process_serves_alone_without_a_watchdog(sample_server: Make) -> None:
    server = sample_server(use_watchdog=False).start()
    assert server.get("/pid") == (200, str(server.pid))
    assert server.worker_pids() == []
    assert server.stop() == 0


def test_a_unix_socket_is_served_and_removed_at_the_end(sample_server: Make, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    server = sample_server(listen=str(path)).start()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(path))
        sock.sendall(b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert read_all(sock).endswith(b"hello")
    eventually(lambda: 'local "GET /hello HTTP/1.1" 200' in server.log)
    server.stop()
    assert not path.exists()


def test_sockets_passed_by_systemd_are_served(sample_server: Make) -> None:
    with socket.socket() as passed:
        passed.bind(("127.0.0.1", 0))
        passed.listen()
        server = sample_server(workers=2)
        script = (
            "import os, sys\n"
            "os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True)\n"
            "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))\n"
            "os.execv(sys.executable, [sys.executable, '-m', 'tests.support.sample_server', sys.argv[2]])\n"
        )
        with server.log_path.open("ab") as log:
            server.process = subprocess.Popen(
                [sys.executable, "-c", script, str(passed.fileno()), str(server.folder / "settings.json")],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                pass_fds=(passed.fileno(),),
            )
        server.wait_until_ready(2)
        assert server.address == passed.getsockname()
        assert server.get("/hello") == (200, "hello")
        server.signal(signal.SIGHUP)
        server.wait_for("reload finished")
        assert server.get("/hello") == (200, "hello")


def test_systemd_is_told_of_every_state(sample_server: Make, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(30)
        server = sample_server(workers=1)
        server.start(environ={"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"})

        def told(wanted: str) -> str:
            while wanted not in (text := manager.recv(4096).decode()):
                pass
            return text

        assert f"MAINPID={server.pid}" in told("READY=1")
        told("WATCHDOG=1")
        server.signal(signal.SIGHUP)
        assert "MONOTONIC_USEC=" in told("RELOADING=1")
        told("READY=1")
        server.signal(signal.SIGTERM)
        told("STOPPING=1")
        assert server.wait() == 0


def test_the_daemon_leaves_the_starter_once_it_serves(sample_server: Make, tmp_path: Path) -> None:
    log, pid_file = tmp_path / "sogo.log", tmp_path / "sogo.pid"
    server = sample_server(detach=True, log_file=str(log), pid_file=str(pid_file)).start(wait=False)
    assert server.wait() == 0
    pid = int(pid_file.read_text())
    try:
        assert "listening on" in log.read_text()
        assert os.getsid(pid) != os.getsid(0)
        assert os.readlink(f"/proc/{pid}/cwd") == "/"
    finally:
        os.kill(pid, signal.SIGTERM)
    eventually(lambda: not is_alive(pid))


def test_a_daemon_that_cannot_start_tells_its_starter(sample_server: Make, tmp_path: Path) -> None:
    log = tmp_path / "sogo.log"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = sample_server(detach=True, log_file=str(log), listen=f"127.0.0.1:{taken.getsockname()[1]}")
        server.start(wait=False)
        assert server.wait() == 1
    assert "sogod: WOPort: unable to listen" in server.log


def test_root_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(ConfigError, match=r"Don't run SOGo as root! .* --user NAME .* --allow-root"):
        daemon.refuse_root(user=None, allow_root=False)
    daemon.refuse_root(user="sogo", allow_root=False)
    daemon.refuse_root(user=None, allow_root=True)


if os.geteuid() == 0:  # nobody else can become another user

    def test_root_is_dropped_after_binding(sample_server: Make) -> None:
        server = sample_server(allow_root=False, user="nobody").start()
        assert server.get("/user")[1] != "0"
        assert server.stop() == 0

    def test_a_server_that_root_starts_without_further_word_does_not_serve(sample_server: Make) -> None:
        server = sample_server(allow_root=False).start(wait=False)
        assert server.wait() != 0
        assert "Don't run SOGo as root!" in server.log


def test_a_user_who_does_not_exist_is_a_refusal(sample_server: Make) -> None:
    server = sample_server(user="no-such-user").start(wait=False)
    assert server.wait() == 255
    assert "There is no user 'no-such-user'" in server.log
