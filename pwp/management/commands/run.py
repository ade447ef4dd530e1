"""Run the portal: web server, worker and scheduler as one command, on one machine.

What dies is started again, more slowly each time. Nothing outlives this command: at its end the process groups of its
children are killed, and on Linux the kernel ends them should this process itself be killed.
"""

import contextlib
import ctypes
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before any fork
PR_SET_PDEATHSIG = 1
HOST = "127.0.0.1"
QUICK_DEATH = 10  # seconds; who lived longer starts afresh with its back-off
MOST_QUICK_DEATHS = 6
PATIENCE = 10  # seconds a child has to end by itself
# Celery warns root of pickle, which is switched off here.
NOT_AS_ROOT = ["-W", "ignore::Warning:celery.platforms"]


class Command(BaseCommand):
    help = "Run the portal: web server, worker and scheduler, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000")
        demo = parser.add_mutually_exclusive_group()
        demo.add_argument("--demo", action="store_true", default=settings.EMBEDDED, help="load the demo if empty")
        demo.add_argument("--no-demo", action="store_false", dest="demo")

    def handle(self, *args: Any, port: int, demo: bool, **options: Any) -> None:
        self._refuse_taken(port)
        self._tell_the_port(port)
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        self._fill(demo)
        children = Children(commands(port), self.stdout.write)
        children.run(is_up=lambda: answers_at(port), once_up=lambda: self._greet(demo))

    def _refuse_taken(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except (OSError, OverflowError) as error:
                raise CommandError(f"Port {port} is taken ({error}). Try: PORT={port + 1} make run") from None

    def _tell_the_port(self, port: int) -> None:
        """Links in letters carry the port: what the children write, the demo right here, and other commands later."""
        os.environ["PORT"] = str(port)
        if "SITE_URL" not in os.environ:
            settings.SITE_URL = f"http://localhost:{port}"
            (settings.VAR / "site_url").write_text(f"{settings.SITE_URL}\n")

    def _fill(self, demo: bool) -> None:
        from events.models import Programme
        from partners.models import Kind

        if demo and not Programme.objects.exists():
            self.stdout.write("The database is empty: loading the demo, which takes some seconds.")
            call_command(
                "seed_demo", in_production=True, stdout=io.StringIO()
            )  # it lists its log-ins, and so does the greeting
        elif not Kind.objects.exists():
            call_command("load_vocabulary", stdout=io.StringIO())

    def _greet(self, demo: bool) -> None:
        self.stdout.write(f"\nThe portal is at {settings.SITE_URL}/ – Ctrl-C ends it.")
        if demo:
            from pwp.management.commands.seed_demo import print_accounts

            self.stdout.write(f"Demo log-ins, for {settings.SITE_URL}{reverse('account_login')}:")
            print_accounts(self.stdout)
        if not settings.EMAIL_URL:
            self.stdout.write(
                f"No mail leaves this machine; staff read it at {settings.SITE_URL}/admin/outbox/keptmail/"
            )
        self.stdout.flush()


def commands(port: int) -> dict[str, list[str]]:
    python = sys.executable
    celery = [python, *NOT_AS_ROOT, "-m", "celery", "-A", "pwp", "--quiet"]
    return {
        "web": [
            *(python, "-m", "granian", "--interface", "wsgi", "pwp.wsgi:application"),
            *("--host", HOST, "--port", str(port), "--no-ws", "--log-level", "warning"),
            *("--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers"),
        ],
        "worker": [
            *(*celery, "worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "warning"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        "beat": [*celery, "beat", "--loglevel", "warning", "--pidfile="],
    }


def answers_at(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), 0.2).close()
    except OSError:
        return False
    return True


def _die_with_parent() -> None:
    assert LIBC is not None  # noqa: S101 for the type checker
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Children:
    """The processes of `commands`, each with its own group, watched from the main thread."""

    def __init__(self, commands: dict[str, list[str]], say: Callable[[str], Any]) -> None:
        self.commands = commands
        self.say = say
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.started: dict[str, float] = {}
        self.quick_deaths = dict.fromkeys(commands, 0)
        self.stopping = threading.Event()

    def run(self, *, is_up: Callable[[], bool], once_up: Callable[[], None]) -> None:
        """Start all, start again what ends, until a signal comes. Raises CommandError if one cannot live at all."""
        greeted = False
        for end in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(end, lambda *_: self.stopping.set())
        try:
            for name in self.commands:
                self._start(name)
            while not self.stopping.wait(0.3):
                if not greeted and is_up():
                    greeted = True
                    once_up()
                for name, process in list(self.processes.items()):
                    if process.poll() is not None:
                        self._start_again(name, process)
        finally:
            self._end()

    def _start(self, name: str) -> None:
        """From the main thread only: the death signal is that of the thread which forked."""
        process = subprocess.Popen(
            self.commands[name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent if LIBC else None,
        )
        self.processes[name], self.started[name] = process, time.monotonic()
        assert process.stdout is not None  # noqa: S101 for the type checker
        threading.Thread(target=_pass_on, args=(name, process.stdout), daemon=True).start()

    def _start_again(self, name: str, process: subprocess.Popen[bytes]) -> None:
        _kill_group(process)  # a web server killed outright leaves its workers behind, and they hold the port
        quick = time.monotonic() - self.started[name] < QUICK_DEATH
        self.quick_deaths[name] = self.quick_deaths[name] + 1 if quick else 0
        if self.quick_deaths[name] >= MOST_QUICK_DEATHS:
            raise CommandError(f"{name} ends again and again; its last words are above.")
        self.say(f"{name} ended ({process.returncode}); starting it again")
        if not self.stopping.wait(min(0.5 * 2 ** self.quick_deaths[name], 10)):
            self._start(name)

    def _end(self) -> None:
        for process in self.processes.values():
            process.terminate()
        deadline = time.monotonic() + PATIENCE
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _kill_group(process)


def _pass_on(name: str, lines: IO[bytes]) -> None:
    for line in lines:
        sys.stdout.write(f"{name:>6} | {line.decode(errors='replace')}")
        sys.stdout.flush()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
