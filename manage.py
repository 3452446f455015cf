#!/usr/bin/env python
"""Django's command line. With no DATABASE_URL it joins the embedded cluster (starting it when it is down)."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongzhi.settings")


def main() -> None:
    from gongzhi.kit.cluster import embedded_unless_external

    with embedded_unless_external():
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
