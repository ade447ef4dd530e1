"""A real worker over the real broker: Redis in the one run, a folder in the other."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from pwp.celery import app
from pwp.outbox.delivery import deliver_due_messages
from pwp.outbox.models import Message
from pwp.outbox.services import queue_letter
from tests.letters import a_letter, states
from tests.mail_server import MailServer
from tests.servers import wait_until

WORKER = ["-m", "celery", "-A", "pwp", "--quiet", "worker", "--pool", "threads", "--concurrency", "4"]
QUIETLY = ["--loglevel", "warning", "--without-gossip", "--without-mingle", "--without-heartbeat"]
ANA = "person1@group.example"


@pytest.fixture
def worker(same_portal: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    app.control.purge()
    process = subprocess.Popen([sys.executable, *WORKER, *QUIETLY], env=same_portal, stderr=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


def test_a_letter_leaves_at_once_and_not_only_with_the_next_tick(
    worker: subprocess.Popen[bytes], smtp: MailServer
) -> None:
    queue_letter(a_letter(1))

    assert wait_until(lambda: states() == ["sent"], 30)
    assert smtp.recipients == [ANA]


def test_a_worker_killed_while_a_letter_leaves_loses_nothing_and_sends_nothing_twice(
    worker: subprocess.Popen[bytes], smtp: MailServer, same_portal: dict[str, str]
) -> None:
    smtp.seconds = 5
    queue_letter(a_letter(1))
    assert wait_until(lambda: smtp.asked[ANA] == 1, 30)

    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()

    claimed_at = Message.objects.get().claimed_at or timezone.now()
    deliver_due_messages(now=claimed_at + timedelta(minutes=14))
    assert states() == ["sending"]
    smtp.seconds = 0
    queue_letter(a_letter(2))
    deliver_due_messages(now=claimed_at + timedelta(minutes=16))
    lost = Message.objects.get(to_email=ANA)
    assert (lost.state, lost.server_said.split(":")[0], lost.attempts) == ("failed", "Outcome unknown", 1)
    assert states() == ["failed", "sent"]
    assert (smtp.asked[ANA], smtp.recipients.count(ANA) <= 1) == (1, True)
