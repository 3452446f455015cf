"""The knowledge base of the demo town: reading ``questions.txt`` and laying it through the actions of the means."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from django.db import transaction

from gongzhi.kit import clock
from gongzhi.knowledge import actions
from gongzhi.knowledge.actions import Wording
from gongzhi.knowledge.models import Article
from gongzhi.people.actor import person_for
from gongzhi.people.models import Account
from gongzhi.territory.models import Division

_FILE = Path(__file__).with_name("questions.txt")
_KEY = re.compile(r"(\w+)=(\S+)")


@dataclass
class Block:
    """One question of the file."""

    topic: str
    question: str
    ways: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    source: str = ""
    address: str = ""
    lines: list[str] = field(default_factory=list)

    @property
    def answer(self) -> str:
        """The answer as it is shown."""
        return "\n".join(self.lines).strip()


def read() -> list[Block]:
    """Every block of the file, in its order."""
    blocks: list[Block] = []
    for line in _FILE.read_text("utf-8").splitlines():
        mark, _space, rest = line.partition(" ")
        if mark == "//":
            continue
        if mark == "#":
            topic, _bar, question = rest.partition(" | ")
            blocks.append(Block(topic, question))
        elif mark == "~":
            blocks[-1].ways.append(rest)
        elif mark == "!":
            blocks[-1].keys |= dict(_KEY.findall(rest))
        elif mark == ">":
            blocks[-1].source, _bar, blocks[-1].address = rest.partition(" | ")
        elif blocks:
            blocks[-1].lines.append(line)
    return blocks


@transaction.atomic
def lay(*, seed: int, at: datetime) -> int:
    """Write every question as a clerk of the town would have, some time ago; some have not been looked at since."""
    rng = Random(f"questions {seed}")
    clerks = [
        person_for(account) for account in Account.objects.filter(login__startswith="clerk").order_by("login")
    ]
    areas = dict(Division.objects.filter(level="community").values_list("name", "pk"))
    today = clock.local(at).date()
    for block in read():
        keys = block.keys
        seen, by = timedelta(days=int(keys["seen"])), rng.choice(clerks)
        looked = at - seen
        wording = Wording(
            block.question,
            block.answer,
            tuple(block.ways),
            block.topic,
            areas[f"{keys['area']}社区"] if "area" in keys else None,
            keys.get("where", "CN"),
            block.source,
            block.address,
            today + timedelta(days=int(keys["until"])) if "until" in keys else None,
            int(keys["every"]),
        )
        first = looked - timedelta(days=rng.randrange(60, 300))
        # An article older than its last review was first written a little shorter: its history shows the change.
        short = Wording(**vars(wording) | {"answer": block.lines[0], "ways": (), "valid_until": None})
        if "draft" in keys:
            actions.write(wording, reviewed_on=looked.date(), by=by, at=looked)
            continue
        article = actions.write(
            short if len(block.lines) > 2 and rng.random() < 0.3 else wording,
            publish=True,
            reviewed_on=clock.local(first).date(),
            by=by,
            at=first,
        )
        if article.answer != wording.answer or article.valid_until != wording.valid_until:
            actions.change(article.pk, wording, by=rng.choice(clerks), at=looked)
        elif wording.valid_until is None or wording.valid_until >= clock.local(looked).date():
            actions.still_true(article.pk, by=rng.choice(clerks), at=looked)
        if "retired" in keys:
            actions.retire(article.pk, keys["retired"], by=by, at=looked)
        yes = int(keys.get("uses", "0"))
        Article.objects.filter(pk=article.pk).update(helped=yes, helped_not=rng.randrange(yes // 6 + 1))
    return Article.objects.count()
