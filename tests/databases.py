"""A PostgreSQL server of the tests' own, out of Debian's packages: a free port, a temporary folder, gone at the end."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

LACKING = "PostgreSQL is absent: sudo apt-get install -y postgresql"
CONNECTIONS = 200
START_SECONDS = 60.0


class UnavailableError(Exception):
    """Why there can be no server here."""


@dataclass
class Server:
    """A running server; `cuntong` owns the databases and is no superuser, as in a province's own."""

    port: int
    admin_password: str
    password: str
    made: int = field(default=0)

    def admin(self):
        """Return a connection of the superuser."""
        import psycopg

        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", password=self.admin_password, dbname="postgres",
            autocommit=True, connect_timeout=10,
        )  # fmt: skip

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the URL of a fresh database, and drop it at the end."""
        self.made += 1
        name = f"ledger_{self.made}"
        with self.admin() as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER cuntong")
        try:
            yield f"postgresql+psycopg://cuntong:{self.password}@127.0.0.1:{self.port}/{name}"
        finally:
            with self.admin() as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server as shipped (fsync on) and stop it at the end.

    It dies with this process, even if that is killed. Passwords, since others may share the machine.
    """
    binaries, user = _binaries(), _user()
    folder = Path(tempfile.mkdtemp(prefix="cuntong-pg-"))
    try:
        if user:
            shutil.chown(folder, user.pw_uid, user.pw_gid)
        admin_password, data = secrets.token_hex(16), folder / "data"
        (folder / "password").write_text(admin_password)
        if user:
            shutil.chown(folder / "password", user.pw_uid, user.pw_gid)
        made = [
            str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8",
            "--locale", "C.UTF-8", "--pwfile", str(folder / "password"),
        ]  # fmt: skip
        done = subprocess.run(_as(user, made), cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr or done.stdout}")
        with _process(binaries, user, folder, admin_password) as server:
            with server.admin() as connection:
                connection.execute(f"CREATE ROLE cuntong LOGIN PASSWORD '{server.password}'")
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _process(binaries: Path, user: pwd.struct_passwd | None, folder: Path, admin_password: str) -> Iterator[Server]:
    """Run the server on a port that was free a moment ago; if somebody was quicker, on another."""
    log = folder / "log"
    for _ in range(5):
        server = Server(_free_port(), admin_password, secrets.token_hex(16))
        with log.open("wb") as output:
            process = subprocess.Popen(
                _as(user, [
                    str(binaries / "postgres"), "-D", str(folder / "data"), "-p", str(server.port),
                    "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}",
                    "-c", f"max_connections={CONNECTIONS}",
                ]),
                cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        try:
            if _answers(server, process):
                yield server
                return
            if "could not bind" not in log.read_text():
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
        finally:
            if process.poll() is None:
                process.terminate()  # smart: waits for open connections …
                try:
                    process.wait(2)
                except subprocess.TimeoutExpired:
                    process.send_signal(2)  # … fast: ends them
                    process.wait(30)
    raise RuntimeError("PostgreSQL found no free port")


def _answers(server: Server, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the server takes connections; false when it ended instead."""
    import psycopg

    end = time.monotonic() + START_SECONDS
    while process.poll() is None:
        try:
            server.admin().close()
            return True
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
    return False


def _binaries() -> Path:
    """Return the folder of the newest server's programs."""
    versions = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb") if p.parents[1].name.isdigit()]
    if versions:
        return max(versions, key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    if not found:
        raise UnavailableError(LACKING)
    return Path(found).resolve().parent


def _user() -> pwd.struct_passwd | None:
    """Return whom the server runs as when the tests run as root, whom initdb refuses."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise UnavailableError("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _as(user: pwd.struct_passwd | None, command: list[str]) -> list[str]:
    """Return a command that runs as `user` and ends with this process."""
    setpriv = shutil.which("setpriv")
    if not setpriv:
        raise UnavailableError("setpriv is absent: sudo apt-get install -y util-linux")
    who = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"] if user else []
    return [setpriv, "--pdeathsig", "INT", *who, *command]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
