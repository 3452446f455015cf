"""``./gongzhi demo``: lay the demo town into an empty platform, or say which accounts it has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gongzhi.demo import laying, questions, rulebook
from gongzhi.demo.briefing import brief
from gongzhi.demo.days import plan
from gongzhi.demo.doors import other_doors
from gongzhi.demo.evaluating import evaluate
from gongzhi.demo.exchanging import exchange
from gongzhi.demo.fieldwork import carry
from gongzhi.demo.files import bring_in
from gongzhi.demo.gatherings import gather
from gongzhi.demo.giving import give
from gongzhi.demo.laying import RESIDENT_PHONE, SHOWN, People
from gongzhi.demo.mediating import mediate
from gongzhi.demo.policing import police_and_people
from gongzhi.demo.registering import enter_register
from gongzhi.demo.replay import Replay, parts
from gongzhi.demo.telling import tell_around
from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.kit.names import ROOT
from gongzhi.territory.models import Division
from gongzhi.workorders.actions import grouping

SEED = 2026


class Command(BaseCommand):
    """Makes the demo town. Refuses in production and in a platform that has a territory already."""

    help = "Lay the demo town into an empty platform."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there is a territory already"
        )
        parser.add_argument("--accounts", action="store_true", help="print the accounts of the demo town")
        parser.add_argument("--days", type=int, default=60, help="how many days of orders (default 60)")
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument(
            "--orders-only", action="store_true", help="no other rooms and doors: what measurements multiply"
        )
        parser.add_argument("--processes", type=int, default=min(os.cpu_count() or 1, 4))
        parser.add_argument(
            "--part", help="used by the command itself: one share of the days, as JSON on stdin"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("There is no demo town, and there are no demo accounts, in production.")
        if options["accounts"]:
            self._accounts()
        elif options["part"]:
            self._part(json.load(sys.stdin))
        elif Division.objects.exists():
            if not options["if_empty"]:
                raise CommandError("There is a territory already. The demo town needs an empty platform.")
        else:
            self._make(options["seed"], options["days"], options["processes"], only=options["orders_only"])

    def _accounts(self) -> None:
        self.stdout.write(f"演示账号（密码都是 {laying.password()}）")
        for shown in SHOWN:
            self.stdout.write(f"  {shown.login:<8} {shown.part}")
        self.stdout.write(f"  {RESIDENT_PHONE}  居民（验证码见 /mailbox/）")

    def _make(self, seed: int, days: int, processes: int, *, only: bool) -> None:
        at = clock.now()
        town, stories = plan(seed, days, at)
        since = (at - timedelta(days=days + 400)).date()
        with acting(laying.BY):
            people = laying.lay(town, since=since, at=at)
            rulebook.lay(since=since, at=at)
            questions.lay(seed=seed, at=at)
        shares = parts(stories, processes)
        told = {
            "seed": seed,
            "days": days,
            "until": at.isoformat(),
            "people": asdict(people),
            "of": len(shares),
        }
        children = []
        for number in range(len(shares)):
            child = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "demo", "--part", str(number)],
                stdin=subprocess.PIPE, text=True,
            )  # fmt: skip
            assert child.stdin is not None
            child.stdin.write(json.dumps(told | {"part": number}))
            child.stdin.close()
            children.append(child)
        codes = [child.wait() for child in children]
        if any(codes):
            raise CommandError("A part of the demo town could not be made.")
        if only:
            self.stderr.write(f"· {len(stories)} 件反映")
            return
        meetings, callouts = gather(seed, at)
        pairs, handovers, tips = police_and_people(seed, at)
        entered, alarms, letters = other_doors(seed, at)
        tasks = carry(seed, at)
        disputes = mediate(seed, at)
        committees, mediators = enter_register(seed, at)
        given, topics = give(at)
        exchanged = exchange(seed, at)
        history, inflow = bring_in(seed, at)
        evaluate(days=days, at=at)
        grouping.group_all(by=laying.BY, at=at)
        briefs = brief(days=days, at=at)
        heard = tell_around(seed, at)
        self.stderr.write(f"· {len(stories)} 件反映，{history.taken} 件历史记录，{inflow.taken} 件今早的来信")
        self.stderr.write(f"· {meetings} 个会议，{callouts} 次吹哨和联合行动")
        self.stderr.write(f"· {heard} 条消息已通知（见 /mailbox/）")
        self.stderr.write(f"· {exchanged} 件按 Open311 往来的反映")
        self.stderr.write(f"· {disputes} 件调解案件（/cases/）")
        self.stderr.write(f"· {committees} 个调委会，{mediators} 位调解员（/committee/）")
        self.stderr.write(f"· {given} 个案例（/stories/），{topics} 个议题建议（/offers/）")
        self.stderr.write(f"· {pairs} 对民警和书记，{handovers} 次公安移交，{tips} 条线索，一次台风应急")
        self.stderr.write(f"· {briefs} 份简报（/briefs/）")
        self.stderr.write(f"· {entered} 台设备，{alarms} 次报警，{letters} 件来信、群聊和纸质表")
        self.stderr.write(f"· 网格员今天有 {tasks} 件待办（/pocket/）")

    def _part(self, told: dict[str, Any]) -> None:
        from datetime import datetime

        town, stories = plan(told["seed"], told["days"], datetime.fromisoformat(told["until"]))
        share = parts(stories, told["of"])[told["part"]]
        with acting(laying.BY):
            replay = Replay(town, People(**told["people"]), share)
            replay.run(progress=told["part"] == 0 and sys.stderr.isatty())
        for reason, count in replay.skipped.most_common():
            self.stderr.write(f"  {reason}: {count}")
