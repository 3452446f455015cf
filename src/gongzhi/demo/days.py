"""Sixty invented days: who reports what, when and where, and what becomes of it.

Lives here: the calendar of the town (weekdays, rain, a typhoon, holidays), the choice of matters and people.
The life of a single report after it has come in is ``lives``; its words are ``texts``. Nothing here is written to a
database: a loader replays every :class:`Story` through the actions of the rooms, step by step.

>>> town, stories = plan(2026, until=datetime(2026, 6, 1, 9, tzinfo=ZONE))
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from itertools import accumulate
from random import Random

from shapely.geometry import Point

from gongzhi.demo import names, texts
from gongzhi.demo.buildings import Building, BuiltTown, build
from gongzhi.demo.hot import HOT, Hot
from gongzhi.demo.landmarks import Place
from gongzhi.demo.lives import Rules, Step, live, rules

ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
RESIDENTS = 1400

# How often a category comes up, by the start of its code; the longest start counts.
_WEIGHTS = {
    "": 0.9, "0101": 3.2, "010101": 0.7, "010108": 7, "010105": 6, "010107": 1.2, "0102": 3.5, "010201": 7, "010206": 6,
    "010205": 2, "0103": 2, "010301": 0.4, "0104": 3.2, "010401": 6, "010408": 6, "010409": 7, "010410": 4.5,
    "010402": 1.2, "010403": 1, "0105": 1.8, "010501": 2.4, "010506": 0.5, "0106": 2, "010603": 5, "0201": 3.6,
    "020103": 6, "0202": 2.4, "020201": 5, "020301": 1.5, "020302": 2, "020401": 9, "020403": 3, "020405": 3,
    "030103": 14, "0301": 2.6, "030201": 3, "030301": 3, "040201": 4, "040101": 2.5, "040301": 2.2, "050101": 2.2,
    "0502": 1.6, "050202": 2.4, "060101": 3, "060102": 2.2, "060201": 3, "060105": 2.5, "070101": 1.6, "080102": 3,
    "080304": 2.4, "090101": 2.6, "090102": 2.2, "090201": 4, "100101": 2.6, "100104": 11, "100105": 8, "100103": 1.6,
    "14": 0.4, "15": 0.7, "12": 0.6, "11": 0.4,
}  # fmt: skip
# Share of a day's reports by hour; the noisy ones have their own.
_DAY = (0.6, 0.3, 0.2, 0.2, 0.3, 0.8, 2, 4, 7, 9, 9, 7, 5, 4.5, 6, 7, 6.5, 5.5, 5, 5.5, 5.5, 4.5, 3, 1.5)
_NIGHT = (7, 4, 2, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 2, 4, 6, 9, 12, 12)
_NOISY = ("0201", "090104")
_WET = ("010107", "010108", "010406", "010505", "020405", "110103", "030203")
_HOLIDAYS = {(1, 1), (5, 1), (5, 2), (5, 3), *((10, day) for day in range(1, 8))}
_CHANNELS = (("web", 47), ("phone", 27), ("field", 13), ("api", 6), ("counter", 4), ("file", 3))
_VOICES = (
    ("plain", 30),
    ("old", 13),
    ("young", 15),
    ("angry", 9),
    ("polite", 12),
    ("canto", 9),
    ("parent", 8),
    ("shop", 4),
)

_DEFAULT_TYPES = {"100104": "praise"}


@dataclass(frozen=True)
class Resident:
    """An invented resident and where they live (``home`` is the code of a building)."""

    number: int
    person: names.Person
    home: str
    grid: str


@dataclass(frozen=True)
class Town:
    """Everything the stories happen in: ground and houses (``built``), residents, staff by 14-digit grid code.

    ``staff[grid]`` is the grid leader followed by the three members; ``heads`` maps the codes of buildings to the
    number of the resident who is building head (about one home in nine has none: a vacancy to show).
    """

    seed: int
    built: BuiltTown
    residents: tuple[Resident, ...]
    staff: dict[str, tuple[names.Person, ...]]
    heads: dict[str, int]
    weather: dict[date, str]


@dataclass(frozen=True)
class Spot:
    """Where a report is about. ``pinned`` is False when the reporter only wrote words and gave no point."""

    words: str
    address: str
    building: str
    grid: str
    lon: float
    lat: float
    pinned: bool


@dataclass(frozen=True)
class Story:
    """One report and its life so far.

    ``channel`` is web, phone, counter, field, api or file; ``reporter`` indexes ``Town.residents`` (None: a grid
    worker of ``spot.grid``); ``type`` is a code of the appeal types; ``category`` a leaf of the seeds; ``hot`` the key
    of a matter reported by many, or empty; ``steps`` are in order of time and end before the plan's ``until``;
    ``late`` tells that the answer came, or will come, after its promise.
    """

    number: int
    at: datetime
    channel: str
    category: str
    type: str
    urgent: bool
    title: str
    body: str
    spot: Spot
    reporter: int | None
    anonymous: bool
    hot: str
    late: bool
    state: str
    steps: tuple[Step, ...] = field(repr=False)


def plan(seed: int, days: int = 60, until: datetime | None = None) -> tuple[Town, list[Story]]:
    """The town of a seed and the stories of the ``days`` days before ``until`` (aware), oldest first.

    The same arguments give the same answer. About 3,000 stories for 60 days; ValueError for a naive ``until``.
    """
    if until is None:
        until = datetime(2026, 6, 1, 9, 0, tzinfo=ZONE)
    if until.tzinfo is None:
        raise ValueError("until needs a time zone")
    until = until.astimezone(ZONE)
    town = settle(seed, days, until)
    diary = _Diary(town, days, until, Random(f"days {seed} {days}"))
    return town, diary.stories()


def settle(seed: int, days: int, until: datetime) -> Town:
    """The town with its people and its weather."""
    built = build(seed)
    rng = Random(f"people {seed}")
    homes = [b for b in built.buildings if b.kind in ("home", "village")]
    weights = list(accumulate(max(1, b.households) for b in homes))
    residents = []
    for number in range(RESIDENTS):
        home = homes[bisect_left(weights, rng.random() * weights[-1])]
        region = rng.choices(("CN", "MO", "HK"), (90, 7, 3))[0]
        voice = "commuter" if region != "CN" else rng.choices(*zip(*_VOICES, strict=True))[0]
        residents.append(
            Resident(number, names.person(rng, 2000 + number, voice, region), home.code, home.grid)
        )
    staff = {
        grid: tuple(names.person(rng, 1000 + 4 * place + k) for k in range(4))
        for place, grid in enumerate(built.ground.grids)
    }
    by_home: dict[str, int] = {}
    for resident in residents:
        if resident.person.region == "CN":
            by_home.setdefault(resident.home, resident.number)
    heads = {code: number for code, number in by_home.items() if rng.random() < 0.89}
    first = until.date() - timedelta(days=days)
    weather = {}
    for back in range(days + 1):
        day = first + timedelta(days=back)
        ago = days - back
        weather[day] = (
            "typhoon" if ago == 21 else "after" if ago == 20 else "rain" if rng.random() < 0.2 else "fair"
        )
    return Town(seed, built, tuple(residents), staff, heads, weather)


class _Diary:
    """Writes the stories of one plan; holds what has to be looked up again and again."""

    def __init__(self, town: Town, days: int, until: datetime, rng: Random) -> None:
        self.town, self.days, self.until, self.rng = town, days, until, rng
        self.rules: Rules = rules()
        self.leaves = texts.leaves()
        self.codes = list(self.leaves)
        self.weights = [self._weight(code) for code in self.codes]
        self.places: dict[str, list[Place]] = defaultdict(list)
        for place in town.built.places:
            self.places[place.kind].append(place)
        self.houses: dict[str, list[Building]] = defaultdict(list)
        self.villages: list[Building] = []
        for building in town.built.buildings:
            self.houses[building.estate].append(building)
            if building.kind == "village":
                self.villages.append(building)
        self.neighbours: dict[str, list[Resident]] = defaultdict(list)
        for resident in town.residents:
            self.neighbours[resident.grid].append(resident)
        self.schools = {place.grid[:12]: place.name for place in self.places["school"]}
        self.seen: set[str] = set()
        # Some places are trouble spots: they come up far more often than others.
        self.favour = {place.name: rng.paretovariate(1.3) for place in town.built.places}

    @staticmethod
    def _weight(code: str) -> float:
        return next(_WEIGHTS[code[:size]] for size in (6, 4, 2, 0) if code[:size] in _WEIGHTS)

    def stories(self) -> list[Story]:
        drafts = [draft for back in range(self.days, -1, -1) for draft in self._ordinary(back)]
        for matter in HOT:
            drafts += self._hot(matter)
        drafts = sorted((d for d in drafts if d[0] < self.until), key=lambda d: (d[0], d[1]))
        stories: list[Story] = []
        firsts: dict[str, int] = {}
        for at, leaf, hot, site in drafts:
            story = self._story(len(stories), at, leaf, hot, site, firsts)
            if hot:
                firsts.setdefault(hot.key, story.number)
            stories.append(story)
        return stories

    def _ordinary(self, back: int) -> list[tuple[datetime, str, Hot | None, Place | None]]:
        rng = self.rng
        midnight = datetime(self.until.year, self.until.month, self.until.day, tzinfo=ZONE) - timedelta(
            days=back
        )
        weather = self.town.weather.get(midnight.date(), "fair")
        many = 50 * rng.uniform(0.86, 1.14)
        many *= (1.12, 1.04, 1.0, 1.0, 1.03, 0.76, 0.68)[midnight.weekday()]
        if (midnight.month, midnight.day) in _HOLIDAYS:
            many *= 0.6
        many *= {"typhoon": 0.8, "after": 1.35, "rain": 1.1}.get(weather, 1.0)
        weights = self.weights
        if weather != "fair":
            weights = [
                w * 4 if code.startswith(_WET) else w for code, w in zip(self.codes, weights, strict=True)
            ]
        drafts: list[tuple[datetime, str, Hot | None, Place | None]] = []
        for leaf in rng.choices(self.codes, weights, k=round(many)):
            hours = _NIGHT if leaf.startswith(_NOISY) else _DAY
            hour = rng.choices(range(24), hours)[0]
            drafts.append((midnight + timedelta(hours=hour, seconds=rng.randrange(3600)), leaf, None, None))
        return drafts

    def _hot(self, hot: Hot) -> list[tuple[datetime, str, Hot | None, Place | None]]:
        rng = self.rng
        far, near = hot.days_ago
        if far > self.days:
            return []
        sites = [place for kind in hot.kinds for place in self.places[kind]]
        first = hot.kinds[0]
        site = rng.choice(self.places[first] or sites)
        midnight = datetime(self.until.year, self.until.month, self.until.day, tzinfo=ZONE)
        drafts: list[tuple[datetime, str, Hot | None, Place | None]] = []
        for _ in range(hot.count):
            # Most come in the first third: something happens, many write, then fewer.
            back = far - int((far - near + 1) * rng.random() ** 1.6)
            hour = hot.hours[0] + (hot.hours[1] - hot.hours[0]) * rng.random()
            where = rng.choice(sites) if hot.key == "fallen_trees" else site
            drafts.append(
                (midnight + timedelta(days=-back, hours=hour, seconds=rng.random()), hot.leaf, hot, where)
            )
        return drafts

    def _spot(self, leaf: texts.Leaf, site: Place | None, pinned: bool) -> tuple[Spot, str]:
        """Where it is, and what kind of place (for the choice of who reports)."""
        rng = self.rng
        if site is None:
            kinds = [kind for kind in leaf.kinds if kind == "village" or self.places[kind]]
            kind = rng.choices(
                kinds, [3 if k in ("estate", "road") else 2 if k == "village" else 1 for k in kinds]
            )[0]
            if kind == "village":
                house = rng.choice(self.villages)
                return self._at_house(house, house.name, pinned), kind
            pool = self.places[kind]
            site = rng.choices(pool, [self.favour[place.name] for place in pool])[0]
        houses = self.houses.get(site.name, []) if site.kind == "estate" else []
        if houses and rng.random() < 0.72:
            house = rng.choice(houses)
            return self._at_house(house, f"{house.name}", pinned), site.kind
        words = site.name
        if site.kind in ("school", "hall") and leaf.code.startswith(("0102", "0106", "0201", "0202")):
            words += "旁边"
        if site.kind == "road" and rng.random() < 0.7:
            shops = [b for b in self.town.built.buildings if b.road == site.road]
            if shops:
                house = rng.choice(shops)
                number = house.address.split("号")[0] + "号"
                words = rng.choice((f"{number}门口", f"{number}对面", f"{number}旁边", site.name))
                if words != site.name:
                    spot = self._at_house(house, words, pinned)
                    return spot, site.kind
        lon, lat = self._near(site.lon, site.lat, site.grid)
        return Spot(
            words, site.address or site.name, "", site.grid, round(lon, 6), round(lat, 6), pinned
        ), site.kind

    def _at_house(self, house: Building, words: str, pinned: bool) -> Spot:
        lon, lat = self._near(house.lon, house.lat, house.grid)
        return Spot(words, house.address, house.code, house.grid, lon, lat, pinned)

    def _near(self, lon: float, lat: float, grid: str) -> tuple[float, float]:
        """A pin some metres off, as fingers set it, but still in the grid."""
        near = round(lon + self.rng.gauss(0, 5e-5), 6), round(lat + self.rng.gauss(0, 5e-5), 6)
        inside = self.town.built.ground.grids[grid].contains(Point(near))
        return near if inside else (lon, lat)

    def _story(
        self,
        number: int,
        at: datetime,
        code: str,
        hot: Hot | None,
        site: Place | None,
        firsts: dict[str, int],
    ) -> Story:
        rng = self.rng
        leaf = self.leaves[code]
        channel = rng.choices(*zip(*_CHANNELS, strict=True))[0]
        if channel in ("phone", "counter") and not 7 <= at.hour < 22:
            channel = "web"
        if channel == "counter" and not (at.weekday() < 5 and 9 <= at.hour < 17):
            channel = "phone"
        if channel == "field" and (
            not 8 <= at.hour < 19 or leaf.kinds == ("hall",) or code.startswith(("05", "10"))
        ):
            channel = "web"
        pinned = rng.random() < {"web": 0.86, "field": 1.0, "api": 0.9, "file": 0.0}.get(channel, 0.5)
        spot, kind = self._spot(leaf, site, pinned)
        near = self.neighbours.get(spot.grid) if kind in ("estate", "village", "school", "road") else None
        reporter = rng.choice(near) if near and rng.random() < 0.85 else rng.choice(self.town.residents)
        field_report = channel == "field"
        voice = "grid" if field_report else reporter.person.voice
        setting = texts.Setting(spot.words, self.schools.get(spot.grid[:12], "学校"), self._extra(hot, site))
        title, body = self._words(leaf, voice, setting, hot)
        rule = self.rules.categories[code]
        kind_of_appeal = _DEFAULT_TYPES.get(code) or rule.type
        if kind_of_appeal in ("help", "complaint") and rng.random() < 0.07:
            kind_of_appeal = "suggestion"
        elif kind_of_appeal == "help" and rng.random() < 0.15:
            kind_of_appeal = "complaint"
        life = live(
            at, self.until, rule, kind_of_appeal, leaf, setting, self.rules, rng,
            first=firsts.get(hot.key) if hot else None,
            strained=self.town.weather.get(at.date()) in ("typhoon", "after"),
            silent=field_report or channel == "file",
        )  # fmt: skip
        return Story(
            number, at, channel, code, kind_of_appeal, rule.urgent, title, body, spot,
            None if field_report else reporter.number, channel == "web" and rng.random() < 0.16,
            hot.key if hot else "", life.late, life.state, life.steps,
        )  # fmt: skip

    def _extra(self, hot: Hot | None, site: Place | None) -> dict[str, str]:
        if hot is None or site is None:
            return {}
        fixed = Random(f"{self.town.seed} {hot.key}")
        short = site.name.removesuffix("站") if site.kind == "bus_stop" else site.name
        return {
            "site": short,
            "bus": fixed.choice(texts.BUSES),
            "grill": names.shop_name(fixed, "food")[:-3] + "烧烤",
        }

    def _words(
        self, leaf: texts.Leaf, voice: str, setting: texts.Setting, hot: Hot | None
    ) -> tuple[str, str]:
        """Words nobody has used yet, if a few tries find any."""
        title = body = ""
        for _ in range(6):
            title, body = texts.write(
                leaf, voice, setting, self.rng, hot.titles if hot else (), hot.facts if hot else ()
            )
            if body not in self.seen:
                break
        self.seen.add(body)
        return title, body


def on_time_share(stories: list[Story]) -> float:
    """Share of answered stories whose answer kept its promise (for tests and for tuning); nan when none is."""
    answered = [story for story in stories if any(step.verb == "answer" for step in story.steps)]
    return sum(not story.late for story in answered) / len(answered) if answered else math.nan
