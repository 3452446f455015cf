"""A real worker that falls asleep between sending a message and marking it, the first time it has sent one.

Run by `test_messages_out.py` as a process of its own, and killed there. Not a test. Arguments: the folder for signs of
life, the SMS gateway's address, the mail server's port.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import django


def main() -> None:
    """Work until killed."""
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from gongzhi.notices.actions import delivering

    folder = Path(sys.argv[1])
    settings.MAILBOX = False
    settings.SMS_ADDRESS, settings.SMS_SECRET = sys.argv[2], "a shared secret"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", int(sys.argv[3]), False
    hand_over = delivering._hand_over

    def slow(message: Any) -> Any:
        outcome = hand_over(message)
        (folder / f"sent-{message.channel}-{os.getpid()}").touch()
        time.sleep(120)
        return outcome

    delivering._hand_over = slow
    call_command("procrastinate", "worker", "--concurrency", "4", "--queues", "notices")


if __name__ == "__main__":
    main()
