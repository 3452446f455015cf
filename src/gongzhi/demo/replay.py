"""Replays the invented days through the rooms' own actions, step by step, in the order of time.

Nothing is written in: what the platform understands of a report, which unit its table names and when a promise is
due are computed as they would be for a real one. Where the platform gave a report to another unit than the story
meant, the unit sends it back and a clerk mends the category, as people would.
"""

from __future__ import annotations

import heapq
import io
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, transaction

from gongzhi.demo import pictures, rulebook
from gongzhi.demo.days import Story, Town
from gongzhi.demo.laying import BY, People
from gongzhi.demo.operating import operate
from gongzhi.demo.steps import Step
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Refusal
from gongzhi.kit.images import Picture, check_picture
from gongzhi.kit.revision import one_look
from gongzhi.people.actor import Person, posts_of
from gongzhi.people.queries import organisations
from gongzhi.people.roles import RESIDENT
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import (
    answering,
    correcting,
    dispatching,
    handling,
    merging,
    reporting,
    requesting,
    signing,
    splitting,
)
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.tables import tree

#: What joint units say when they sign, and the lead where one of them has not.
SIGNED = ("本单位没有意见。", "已到场配合，本单位的部分处理好了。", "同意主办单位的处理办法。")
NOT_WAITED = "协办单位电话里说没有意见，先答复居民，会签随后补上。"
#: Acts in one transaction: the town is for show, so a crash may lose the last few.
BATCH = 300
#: Reports of the last days have pictures.
PICTURED = timedelta(days=15)
_SYSTEM = Actor.for_service("sweep")
_OUTSIDE = Actor.for_service("outside")


@dataclass(order=True)
class _Act:
    """Something that is due in the replay; acts are taken in the order of (at, story, place)."""

    at: datetime
    story: int
    place: int


class Replay:
    """Lets stories happen. ``skipped`` counts the acts that the rooms refused, by reason."""

    def __init__(self, town: Town, people: People, stories: Sequence[Story]) -> None:
        self.town, self.people = town, people
        self.stories = {story.number: story for story in stories}
        self.orders: dict[int, int] = {}
        self.skipped: Counter[str] = Counter()
        self.rng = Random(f"replay {town.seed}")
        self._persons: dict[int, Person] = {}
        self.since = max((story.at for story in stories), default=clock.now()) - PICTURED

    # Who acts ------------------------------------------------------------------------------------------------

    def _person(self, account_id: int) -> Person:
        if account_id not in self._persons:
            posts = posts_of(account_id)
            part = posts[0].role if posts else RESIDENT
            self._persons[account_id] = Person(account_id=account_id, part=part, posts=posts)
        return self._persons[account_id]

    def _reporter(self, story: Story) -> Person:
        order = self.orders.get(story.number)
        bearing = Person.visitor().bearing(reports=[order] if order else [])
        if story.channel not in (Channel.WEB, Channel.API) or story.reporter is None or story.anonymous:
            return bearing
        account = self.people.residents[story.reporter]
        return Person(account_id=account, part=RESIDENT, bearer_of=bearing.bearer_of)

    def _clerk(self) -> Person:
        return self._person(self.rng.choice(self.people.clerks))

    def _unit_person(self, order: WorkOrder) -> Person:
        """Somebody of the unit that has the order: who handles it already, else one by chance."""
        if order.handler_id and order.handler_id in self._persons:
            return self._persons[order.handler_id]
        return self._somebody_of(order.unit_id or 0, order)

    def _somebody_of(self, unit_id: int, order: WorkOrder) -> Person:
        """Somebody of a unit by chance; in a residents' committee one of the grid's people."""
        body = organisations()[unit_id]
        if body.kind == "community":
            grid = ground().areas[order.grid_id].code if order.grid_id else ""
            team = self.people.staff.get(grid)
            if team is None:
                prefix = ground().areas[body.division_id or 0].code
                team = next(ids for code, ids in self.people.staff.items() if code.startswith(prefix))
        else:
            team = self.people.units[body.code]
        return self._person(self.rng.choice(team))

    # What happens --------------------------------------------------------------------------------------------

    def run(self, *, progress: bool = False) -> int:
        """Let everything happen in the order of time. Gives the number of orders."""
        due = [_Act(story.at, number, -1) for number, story in self.stories.items()]
        heapq.heapify(due)
        total = sum(1 + len(story.steps) for story in self.stories.values())
        done = 0
        while due:
            with one_look(), transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL synchronous_commit = off")
                for _turn in range(min(BATCH, len(due))):
                    act = heapq.heappop(due)
                    self._act(act)
                    done += 1
                    following = act.place + 1
                    if following < len(self.stories[act.story].steps):
                        step = self.stories[act.story].steps[following]
                        heapq.heappush(due, _Act(max(step.at, act.at), act.story, following))
            if progress:
                print(f"\r· {100 * done // max(total, 1)} %", end="", file=sys.stderr, flush=True)
        if progress:
            print("\r", end="", file=sys.stderr)
        return len(self.orders)

    def _act(self, act: _Act) -> None:
        story = self.stories[act.story]
        try:
            with transaction.atomic():
                if act.place < 0:
                    self._report(story)
                elif story.number in self.orders:
                    self._step(story, story.steps[act.place], act.at)
        except Refusal as refusal:
            verb = "report" if act.place < 0 else story.steps[act.place].verb
            self.skipped[f"{verb}: {refusal.code}"] += 1

    def _report(self, story: Story) -> None:
        spot, person = story.spot, self._reporter(story)
        by: Actor = person
        if story.channel in (Channel.PHONE, Channel.COUNTER):
            by = self._clerk()
        elif story.channel == Channel.FIELD:
            by = self._person(self.people.staff[spot.grid][self.rng.randrange(3)])
        elif story.channel == Channel.FILE:
            by = BY
        known = story.channel in (Channel.PHONE, Channel.COUNTER, Channel.FIELD)
        teller = self.town.residents[story.reporter].person if story.reporter is not None else None
        told = teller is not None and not story.anonymous
        with acting(by):
            receipt = reporting.report(
                Draft(
                    description=story.body,
                    title=story.title,
                    channel=story.channel,
                    appeal=story.type if known else "",
                    category_id=tree().by_code[story.category].id if known else None,
                    lon=spot.lon if spot.pinned else None,
                    lat=spot.lat if spot.pinned else None,
                    place_text=spot.address or spot.words,
                    name=teller.name if told and teller else "",
                    phone=teller.phone if told and teller else "",
                    pictures=self._pictures(story),
                    answers=rulebook.answers_for(story.category, story.number),
                    emergency_acknowledged=True,
                    source="demo",
                    source_key=f"{self.town.seed}-{story.number}",
                ),
                by=by,
                at=story.at,
            )
        self.orders[story.number] = receipt.order.pk

    def _pictures(self, story: Story, *, mended: bool = False) -> tuple[Picture, ...]:
        """A drawn picture for one in four of the newer reports whose trouble can be seen; another one for its end."""
        scene = pictures.scene_for(story.category)
        if scene is None or story.number % 4 or story.at < self.since:
            return ()
        drawn = pictures.draw(f"{self.town.seed} {story.number}", scene, mended=mended)
        return (check_picture(io.BytesIO(drawn), name="after.jpg" if mended else "before.jpg"),)

    def _step(self, story: Story, step: Step, at: datetime) -> None:
        order = WorkOrder.objects.get(pk=self.orders[story.number])
        verb = step.verb
        if verb == "dispatch" and order.state != "triage":
            return
        if verb == "dispatch":
            self._dispatch(story, order, at)
            return
        if verb == "accept" and order.state == "triage":
            self._dispatch(story, order, at)
            order.refresh_from_db()
        if verb == "accept" and self._is_wrong(story, order):
            self._return(order, "不在本单位职责范围，请重新派单。", at)
            self._dispatch(story, order, at)
            order.refresh_from_db()
        if verb == "ask_verify":
            self._locate(story, order, at)
            order.refresh_from_db()
        if verb == "decline" and order.state == "assigned":
            self._return(order, "这件事不归街道管，请答复居民。", at)
        self._take(story, order, step, at)

    def _return(self, order: WorkOrder, reason: str, at: datetime) -> None:
        """The unit asks to return it, and the centre agrees."""
        worker, clerk = self._unit_person(order), self._clerk()
        with acting(worker):
            requesting.ask_return(order.pk, reason=reason, by=worker, at=at)
        with acting(clerk):
            requesting.grant_return(order.pk, by=clerk, at=at)

    def _is_wrong(self, story: Story, order: WorkOrder) -> bool:
        """Did the platform choose a category for which another unit answers?"""
        topic = tree().topics.get(order.category_id or 0)
        return topic is None or topic.code[:4] != story.category[:4]

    def _dispatch(self, story: Story, order: WorkOrder, at: datetime) -> None:
        clerk = self._clerk()
        with acting(clerk):
            self._locate(story, order, at)
            wanted = tree().by_code[story.category].id
            if order.category_id != wanted or order.confidence != 1:
                correcting.recategorise(order.pk, category_id=wanted, appeal=story.type, by=clerk, at=at)
            order.refresh_from_db()
            route = dispatching.proposed(order, at=at)
            if route is not None:
                dispatching.dispatch(order.pk, unit_id=route.unit.id, by=clerk, at=at)

    def _locate(self, story: Story, order: WorkOrder, at: datetime) -> None:
        """A clerk finds out where it is, if nobody knows yet."""
        if order.grid_id is None and order.state == "triage":
            clerk = self._clerk()
            with acting(clerk):
                correcting.relocate(order.pk, lon=story.spot.lon, lat=story.spot.lat, by=clerk, at=at)

    def _take(self, story: Story, order: WorkOrder, step: Step, at: datetime) -> None:
        verb, text = step.verb, step.text
        if step.by == "system":
            if verb == "lapse":
                with acting(_SYSTEM):
                    handling.lapse(order.pk, by=_SYSTEM, at=at)
            return
        who = {
            "clerk": self._clerk,
            "checker": lambda: self._person(self.rng.choice(self.people.checkers)),
            "reporter": lambda: self._reporter(story),
            "handler": lambda: self._unit_person(order),
            "leader": lambda: self._person(self.people.leaders[0]),
            "grid": lambda: self._person(self.people.staff[story.spot.grid][order.pk % 3]),
            "outside": lambda: _OUTSIDE,
        }[step.by]()
        act: dict[str, Any] = {"by": who, "at": at}
        said = step.detail.get("satisfied")
        # a story says yes or no, a return visit the number itself
        satisfied = (4 if said is None else said) if type(said) is not bool else _stars(said, order.pk)
        with acting(who):
            if operate(order, step, act):
                return
            if verb == "finish_parts":
                self._finish_parts(order, at)
                return
            match verb:
                case "accept":
                    handling.accept(order.pk, **act)
                case "ask_resident":
                    handling.ask_resident(order.pk, question=text, **act)
                case "supply":
                    answering.supply(order.pk, text=text, **act)
                case "answer":
                    why = self._signed(order, at)
                    drawn = self._pictures(story, mended=True)
                    handling.answer(order.pk, text=text, why=why, pictures=drawn, **act)
                case "pass_check":
                    handling.pass_check(order.pk, **act)
                case "fail_check":
                    handling.fail_check(order.pk, reason=text or "现场还没有处理好，请重办。", **act)
                case "confirm":
                    answering.confirm(
                        order.pk,
                        solved=bool(step.detail.get("solved", True)),
                        satisfied=satisfied,
                        words=text,
                        **act,
                    )
                case "rate":
                    answering.rate(
                        order.pk,
                        solved=bool(step.detail.get("solved", True)),
                        satisfied=satisfied,
                        words=text,
                        **act,
                    )
                case "dispute":
                    answering.dispute(order.pk, reason=text or "还是老样子，没有解决。", **act)
                case "reopen":
                    answering.reopen(order.pk, reason=text or "同样的问题又出现了。", **act)
                case "withdraw":
                    answering.withdraw(order.pk, **act)
                case "add":
                    answering.add(order.pk, text=text, **act)
                case "note":
                    handling.note(order.pk, text=text, **act)
                case "decline":
                    dispatching.decline(order.pk, reason=text or "不在街道受理范围。", **act)
                case "merge":
                    self._merge(story, order, self.orders.get(int(step.detail["target"])), who, at)

    def _finish_parts(self, order: WorkOrder, at: datetime) -> None:
        """The units of the parts do what is theirs."""
        for part in splitting.parts_of(order.pk):
            worker, checker = (
                self._somebody_of(part.unit_id or 0, part),
                self._person(self.people.checkers[0]),
            )
            with acting(worker):
                handling.accept(part.pk, by=worker, at=at)
                why = self._signed(part, at)
                handling.answer(part.pk, text="本单位的部分已经办好，现场拍了照。", why=why, by=worker, at=at)
            with acting(checker):
                handling.pass_check(part.pk, by=checker, at=at)

    def _signed(self, order: WorkOrder, at: datetime) -> str:
        """Most joint units sign; the words of the lead where one has not, else nothing."""
        missing = signing.missing(order)
        for key in missing:
            if (order.pk + key) % 5:
                by = self._somebody_of(key, order)
                with acting(by):
                    signing.sign_off(order.pk, text=SIGNED[order.pk % len(SIGNED)], by=by, at=at)
        return NOT_WAITED if missing else ""

    def _merge(self, story: Story, order: WorkOrder, target: int | None, clerk: Actor, at: datetime) -> None:
        """Merge; where the other report has been closed meanwhile, the unit answers this one with it."""
        if target is not None and WorkOrder.objects.filter(pk=target, open=True).exists():
            merging.merge(order.pk, into_id=target, by=clerk, at=at)
            return
        if order.state == "triage":
            self._dispatch(story, order, at)
            order.refresh_from_db()
        worker = self._unit_person(order)
        if order.state == "assigned":
            handling.accept(order.pk, by=worker, at=at)
        if order.state in ("assigned", "in_hand"):
            why = self._signed(order, at)
            words = "与前几天的同一件反映一起处理好了，现场已复查。"
            handling.answer(order.pk, text=words, why=why, by=worker, at=at)
            handling.pass_check(order.pk, by=self._person(self.people.checkers[0]), at=at)


def parts(stories: Iterable[Story], count: int) -> list[list[Story]]:
    """Stories shared out among ``count`` processes, those that are merged into one another together."""
    rows = list(stories)
    root = {story.number: story.number for story in rows}

    def find(number: int) -> int:
        while root[number] != number:
            root[number] = root[root[number]]
            number = root[number]
        return number

    for story in rows:
        for step in story.steps:
            if step.verb == "merge" and int(step.detail["target"]) in root:
                root[find(story.number)] = find(int(step.detail["target"]))
    out: list[list[Story]] = [[] for _part in range(count)]
    for story in rows:
        out[find(story.number) % count].append(story)
    return out


def _stars(satisfied: bool, number: int) -> int:
    """Yes and no as people mark them: not all alike, and the same in every town of the seed."""
    return (5 if number % 3 else 4) if satisfied else (2 if number % 2 else 1)
