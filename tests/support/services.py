"""Private copies of the servers we stand on, for one test session each.

Every service lives in a temporary folder of its own and on a free loopback port, runs as an unprivileged user when the
tests run as root, and ends with its `with` block (or with the test process, should that be killed). `stop()`,
`start()`, `kill()` and `restart()` are for tests of failure; the port stays the same over a restart.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from tests.support.tls import make_certificate

READY_SECONDS = 60.0
ATTEMPTS = 3


class ServiceError(RuntimeError):
    """A service did not come up; the end of its log is in the message."""


def free_port() -> int:
    """A TCP port on loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def die_with_parent() -> None:
    """In the child: ask the kernel for SIGTERM when the test process ends without saying good-bye."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Service:
    """What all services share: a folder, a port, a process, and when it counts as ready."""

    name: ClassVar[str] = ""
    account: ClassVar[str] = "nobody"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"sogo-{self.name}-"))
        self.folder.chmod(0o755)
        self.port = free_port()
        self.settled = False
        self.process: subprocess.Popen[bytes] | None = None
        self.log = self.folder / "log"
        self.own(self.folder)

    # --- what a service defines ---------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the data once, before the first start."""

    def command(self) -> Sequence[str]:
        raise NotImplementedError

    def is_ready(self) -> bool:
        return port_answers(self.port)

    # --- life ---------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start and wait until it answers. On the first start a lost race for the port is tried again elsewhere."""
        for _ in range(ATTEMPTS):
            self._spawn()
            if self._wait_until_ready():
                self.settled = True
                return
            self.stop()
            if not self.settled:
                self.port = free_port()
        raise ServiceError(f"{self.name} did not start:\n{self._log_end()}")

    def stop(self) -> None:
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _spawn(self) -> None:
        main = threading.current_thread() is threading.main_thread()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                # The kernel ties the signal to the thread that forked, so only the main one may ask for it.
                preexec_fn=die_with_parent if main else None,
                **self._identity(),  # type: ignore[arg-type]
            )

    def _wait_until_ready(self) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                return False
            if self.is_ready():
                return True
            time.sleep(0.05)
        return False

    def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _log_end(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    # --- the unprivileged user ----------------------------------------------------------------------------------------

    def _identity(self) -> dict[str, object]:
        if os.geteuid() != 0:
            return {}
        entry = pwd.getpwnam(self.account)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def own(self, *paths: Path) -> None:
        if os.geteuid() == 0:
            entry = pwd.getpwnam(self.account)
            for path in paths:
                os.chown(path, entry.pw_uid, entry.pw_gid)

    def run(self, command: Sequence[str], *, text: str | None = None) -> str:
        """Run a helper program as the service's user; raises ServiceError with what it said."""
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            cwd=self.folder,
            check=False,
            **self._identity(),  # type: ignore[call-overload]
        )
        if done.returncode != 0:
            raise ServiceError(f"{command[0]} failed ({done.returncode}):\n{done.stdout}\n{done.stderr}")
        output: str = done.stdout
        return output


class PostgreSQL(Service):
    """A cluster with the superuser `sogo` (any password), UTF-8, no fsync. Databases are made by `create_database`."""

    name = "postgresql"
    account = "postgres"
    stop_signal = signal.SIGINT
    user = "sogo"
    password = "sogo"
    scheme = "postgresql"

    def __init__(self, *, settings: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._settings = dict(settings or {})

    def prepare(self) -> None:
        self.run([
            *(self._program("initdb"), "-D", str(self.folder / "data"), "-U", self.user, "-A", "trust", "-E", "UTF8"),
            *("--locale=C.UTF-8", "--no-sync"),
        ])  # fmt: skip

    def command(self) -> Sequence[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            "deadlock_timeout": "200ms",
            **self._settings,
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [self._program("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port), *options]

    def is_ready(self) -> bool:
        probe = [self._program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(probe, check=False).returncode == 0

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run statements with psql and return the rows, unaligned."""
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", self.user, "-d", database]
        return self.run([self._program("psql"), *where, "-qXAt", "-v", "ON_ERROR_STOP=1", "-f", "-"], text=statement)

    def create_database(self, name: str) -> str:
        """Make an empty database; returns its URL without a table, like postgresql://sogo:sogo@127.0.0.1:1/name."""
        self.sql(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def url(self, database: str) -> str:
        return f"{self.scheme}://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"

    @staticmethod
    def _program(name: str) -> str:
        versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        return str(versions[-1] / name) if versions else name


class MariaDB(Service):
    """A server with the user `sogo`/`sogo` (all rights) and TLS at hand, character set utf8mb4."""

    name = "mariadb"
    account = "mysql"
    user = "sogo"
    password = "sogo"
    scheme = "mysql"

    @property
    def socket_path(self) -> Path:
        return self.folder / "socket"

    @property
    def ca_path(self) -> Path:
        """The certificate the server shows, which is its own authority."""
        return self.folder / "cert.pem"

    @property
    def scratch(self) -> Path:
        """For temporary files: of its own, since a server that starts clears away those of others."""
        return self.folder / "scratch"

    def prepare(self) -> None:
        self.scratch.mkdir()
        self.own(self.scratch, *make_certificate(self.folder))
        self.run([
            *("mariadb-install-db", "--no-defaults", f"--datadir={self.folder / 'data'}", "--skip-test-db"),
            f"--tmpdir={self.scratch}",
            *("--auth-root-authentication-method=normal", "--skip-name-resolve", "--innodb-flush-method=nosync"),
        ])  # fmt: skip
        init = self.folder / "init.sql"
        init.write_text(
            f"CREATE USER IF NOT EXISTS '{self.user}'@'%' IDENTIFIED BY '{self.password}';"
            f"GRANT ALL ON *.* TO '{self.user}'@'%' WITH GRANT OPTION;\n".replace(";", ";\n")
        )
        self.own(init)

    def command(self) -> Sequence[str]:
        return [
            *("/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.folder / 'data'}", f"--port={self.port}"),
            f"--tmpdir={self.scratch}",
            *("--bind-address=127.0.0.1", f"--socket={self.socket_path}", f"--pid-file={self.folder / 'pid'}"),
            *("--character-set-server=utf8mb4", f"--init-file={self.folder / 'init.sql'}", "--skip-name-resolve"),
            *("--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync", "--max-connections=200"),
            *(f"--ssl-cert={self.ca_path}", f"--ssl-key={self.folder / 'key.pem'}", "--innodb-lock-wait-timeout=10"),
        ]

    def is_ready(self) -> bool:
        login = ["--no-defaults", f"-u{self.user}", f"-p{self.password}", "-h127.0.0.1", f"-P{self.port}"]
        probe = subprocess.run(["mariadb", *login, "-e", "SELECT 1"], check=False, capture_output=True)
        return probe.returncode == 0

    def sql(self, statement: str, database: str = "mysql") -> str:
        login = ["--no-defaults", f"-u{self.user}", f"-p{self.password}", "-h127.0.0.1", f"-P{self.port}"]
        return self.run(["mariadb", *login, "-N", "-B", database], text=statement)

    def create_database(self, name: str) -> str:
        """Make an empty database; returns its URL without a table, like mysql://sogo:sogo@127.0.0.1:1/name."""
        self.sql(f"CREATE DATABASE `{name}`")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.sql(f"DROP DATABASE IF EXISTS `{name}`")

    def url(self, database: str) -> str:
        return f"{self.scheme}://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"


class OpenLDAP(Service):
    """slapd on ldap:// (with StartTLS) and ldaps://, one mdb database under `suffix`, filled by LDIF.

    `extra_config` goes to the end of slapd.conf, inside the database section (overlays, access rules).
    """

    name = "slapd"
    account = "openldap"
    suffix = "dc=example,dc=com"
    admin_dn = "cn=admin,dc=example,dc=com"
    admin_password = "secret"
    schemas = ("core", "cosine", "inetorgperson", "nis")

    def __init__(self, ldif: str = "", *, ppolicy: bool = False, extra_config: str = "") -> None:
        super().__init__()
        self.ldif, self.ppolicy, self.extra_config = ldif, ppolicy, extra_config
        self.tls_port = free_port()

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"ldaps://127.0.0.1:{self.tls_port}"

    @property
    def ca_path(self) -> Path:
        return self.folder / "cert.pem"

    def prepare(self) -> None:
        data = self.folder / "data"
        data.mkdir()
        self.own(data, *make_certificate(self.folder))
        (self.folder / "slapd.conf").write_text(self.configuration())
        if self.ldif:
            self.run(["/usr/sbin/slapadd", "-q", "-f", str(self.folder / "slapd.conf")], text=self.ldif)

    def configuration(self) -> str:
        includes = "".join(f"include /etc/ldap/schema/{name}.schema\n" for name in self.schemas)
        policy = "overlay ppolicy\nppolicy_use_lockout\n" if self.ppolicy else ""
        return (
            f"{includes}pidfile {self.folder / 'pid'}\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n"
            + ("moduleload ppolicy\n" if self.ppolicy else "")
            + f"TLSCertificateFile {self.folder / 'cert.pem'}\nTLSCertificateKeyFile {self.folder / 'key.pem'}\n"
            f'database mdb\nsuffix "{self.suffix}"\nrootdn "{self.admin_dn}"\nrootpw {self.admin_password}\n'
            f"directory {self.folder / 'data'}\nmaxsize 67108864\nindex objectClass eq\n{policy}{self.extra_config}\n"
        )

    def command(self) -> Sequence[str]:
        urls = f"{self.url}/ {self.tls_url}/"
        return ["/usr/sbin/slapd", "-d", "0", "-h", urls, "-f", str(self.folder / "slapd.conf")]

    def add(self, ldif: str) -> None:
        """Add entries while it runs."""
        login = ["-x", "-H", self.url, "-D", self.admin_dn, "-w", self.admin_password]
        self.run(["ldapadd", *login], text=ldif)

    def modify(self, ldif: str) -> None:
        login = ["-x", "-H", self.url, "-D", self.admin_dn, "-w", self.admin_password]
        self.run(["ldapmodify", *login], text=ldif)


class Memcached(Service):
    name = "memcached"
    account = "nobody"

    def command(self) -> Sequence[str]:
        return ["/usr/bin/memcached", "-l", "127.0.0.1", "-p", str(self.port), "-U", "0", "-m", "32"]
