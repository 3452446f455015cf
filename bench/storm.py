"""All 2,801 real messages posted by eight clients at once, while the worker is killed twenty times with a job half done and
PostgreSQL is restarted once: ``./gongzhi bench storm``. The machinery is that of ``tests/faults/storm.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.faults.storm import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
