"""News travels as rows: which function of which room reacts to which verb, and the job that calls it.

A room lists its reactions in ``readers.py`` as ``READERS = {"workorders.answer": [function]}``. Each function takes
the entry's id, runs in one transaction under a named service identity, and is called once per entry: the mark that
it has heard the news is written in the same transaction as its effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db import IntegrityError, transaction

from gongzhi.journal.models import Entry, Heard
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting

Reader = Callable[[Entry], None]

_readers: dict[str, dict[str, Reader]] = {}


def collect() -> None:
    """Read every installed room's ``readers.py``. Called once when the apps are ready."""
    _readers.clear()
    for app in apps.get_app_configs():
        if not app.name.startswith("gongzhi.") or find_spec(f"{app.name}.readers") is None:
            continue
        table: Mapping[str, Iterable[Reader]] = import_module(f"{app.name}.readers").READERS
        for verb, functions in table.items():
            for function in functions:
                name = f"{function.__module__}.{function.__name__}"
                _readers.setdefault(verb, {})[name] = function


def readers_of(verb: str) -> tuple[str, ...]:
    """Names of the functions that want to hear ``verb`` (for example ``workorders.answer``)."""
    return tuple(_readers.get(verb, {}))


def hear(reader: str, entry_id: int) -> bool:
    """Let one reader deal with one entry. False when it had done so before, or no longer exists."""
    function = next((table[reader] for table in _readers.values() if reader in table), None)
    if function is None:
        return False
    with acting(Actor.for_service("news")), transaction.atomic():
        try:
            with transaction.atomic():
                Heard.objects.create(reader=reader, entry_id=entry_id, at=clock.now())
        except IntegrityError:
            return False
        function(Entry.objects.select_related("thread").get(pk=entry_id))
    return True
