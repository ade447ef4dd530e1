"""`manage.py run`, in processes of its own: it starts, mends, refuses and leaves nothing behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import free_port, processes_with, wait_until
from tests.services_plugin import clean_environment

ROOT = Path(__file__).resolve().parents[2]


class Launcher:
    def __init__(self, var: Path) -> None:
        self.port = free_port()
        self.mark = f"VAR_DIR={var}"
        self.said = var / "said"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run", "--port", str(self.port), "--no-demo"],
                cwd=ROOT,
                env=clean_environment(var),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    def status(self) -> int:
        """What the first page answers; 0 while nobody does."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=10) as page:
                return int(page.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except OSError:
            return 0

    def is_up(self) -> bool:
        return "The portal is at" in self.said.read_text() and self.status() > 0

    def processes(self) -> list[int]:
        return sorted(processes_with(self.mark))

    def pids_of(self, part: str) -> list[int]:
        command = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0") for pid in self.processes()}
        return [pid for pid, words in command.items() if part in words]


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all launchers here, so that only the first one migrates."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture
def launcher(var: Path) -> Iterator[Launcher]:
    launcher = Launcher(var)
    assert wait_until(launcher.is_up, 60, every=0.2), launcher.said.read_text()
    yield launcher
    launcher.process.kill()
    for pid in launcher.processes():
        with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
            os.kill(pid, signal.SIGKILL)
    launcher.process.wait()


def test_the_first_page_answers_and_the_words_say_where(launcher: Launcher) -> None:
    said = launcher.said.read_text()

    assert launcher.status() == 200
    assert f"The portal is at http://localhost:{launcher.port}/" in said
    assert (launcher.said.parent / "site_url").read_text() == f"http://localhost:{launcher.port}\n"
    assert "superuser" not in said


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_worker_is_started_again_and_ctrl_c_leaves_nothing(launcher: Launcher) -> None:
    killed = launcher.pids_of("worker")
    os.kill(killed[0], signal.SIGKILL)

    assert wait_until(lambda: bool(launcher.pids_of("worker")) and launcher.pids_of("worker") != killed, 20)
    assert "worker ended (-9); starting it again" in launcher.said.read_text()

    launcher.process.send_signal(signal.SIGINT)
    assert launcher.process.wait(30) == 0
    assert launcher.processes() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_nothing_outlives_a_killed_launcher(launcher: Launcher) -> None:
    assert len(launcher.processes()) > 3

    launcher.process.kill()

    assert wait_until(lambda: launcher.processes() == [launcher.process.pid] or not launcher.processes(), 20)


def test_a_taken_port_is_refused_with_the_line_that_helps(var: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = subprocess.run(
            [sys.executable, "manage.py", "run", "--port", str(port)],
            cwd=ROOT,
            env=clean_environment(var),
            capture_output=True,
            text=True,
        )

    assert (done.returncode, done.stderr.splitlines()[-1].endswith(f"Try: PORT={port + 1} make run")) == (1, True)
