"""How people in the demo town write: reports, replies, notes, follow-ups and ratings.

Lives here: reading ``reports.txt`` (facts by category) and putting a fact into the mouth of a person. Nothing
here knows about time beyond the words for it, or about orders.

Slots, in braces: ``p`` the place as the person says it · ``n`` 2–6 · ``m`` 10–48 · ``d`` 2–12 · ``fl`` a floor ·
``t`` a time of day · ``since`` a beginning · ``shop`` ``course`` ``school`` ``staff`` names · ``bus`` a line · ``age`` ·
``money`` yuan · and in replies ``day``, ``day2`` (what has been done), ``day3`` (what is
to come) and ``time``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from random import Random

from gongzhi.demo import names
from gongzhi.demo.traditional import to_traditional

_FILE = Path(__file__).with_name("reports.txt")
_SLOT = re.compile(r"\{(\w+)\}")
_HALF_DAY = re.compile(r"[上下]午(?=\d+点|上午|晚上)")
_ASKED = re.compile(
    r"(?<=[吗呢])。|(?<=多久|哪里|几点|什么|多少|几天|几周|哪天|找谁)。|(?<=怎么算|怎么办|怎么签)。"
)

TIMES = (
    "晚上十点多", "半夜", "凌晨一点", "早上六点", "早上七点半", "中午", "下午五点", "傍晚", "晚上九点", "晚上十一点", "天一黑",
    "放学那会儿",
)  # fmt: skip
SINCES = (
    "前天", "昨天晚上", "今天一早", "上周三", "上个星期", "月初", "大概一周前", "这几天", "半个月前", "从周末", "大前天", "上个月底",
)  # fmt: skip
BUSES = ("3路", "12路", "27路", "澜1路", "澜5路", "K2路", "夜3路", "31路")


@dataclass(frozen=True)
class Leaf:
    """The words of one category; each tuple has at least one entry. ``kinds`` are the kinds of place it is about."""

    code: str
    kinds: tuple[str, ...]
    titles: tuple[str, ...]
    facts: tuple[str, ...]
    effects: tuple[str, ...]
    asks: tuple[str, ...]
    replies: tuple[str, ...]


@dataclass(frozen=True)
class Voice:
    """How a kind of person begins and ends; ``{age}`` and the like are slots."""

    opens: tuple[str, ...]
    closes: tuple[str, ...]
    swaps: tuple[tuple[str, str], ...] = ()
    traditional: bool = False
    terse: bool = False


_CANTO = (
    ("没有", "冇"), ("不知道", "唔知"), ("这里", "呢度"), ("我们", "我哋"), ("他们", "佢哋"), ("现在", "而家"),
    ("今天", "今日"), ("昨天", "寻日"), ("晚上", "夜晚"), ("孩子", "细路"), ("不敢", "唔敢"), ("不能", "唔可以"),
    ("坏了", "坏咗"), ("堵了", "塞咗"), ("停了", "停咗"), ("倒了", "冧咗"), ("谢谢", "唔该"), ("看看", "睇下"),
    ("很多", "好多"), ("很", "好"), ("太", "太过"), ("总是", "成日"), ("一直", "一路"), ("睡不着", "瞓唔到"),
    ("没人", "冇人"), ("吵", "嘈"), ("在", "喺"),
)  # fmt: skip

VOICES: dict[str, Voice] = {
    "plain": Voice(
        ("", "", "", "你好，", "您好。", "反映一下：", "想说一件事，", "早上路过看到，", "麻烦看一下，"),
        ("", "", "", "谢谢。", "辛苦了。", "谢谢！"),
    ),
    "old": Voice(
        ("同志你好，我是这里的老住户，今年{age}了。", "打字慢，请见谅。", "我和老伴住这里{m}年了。", "孙子帮我打的字。",
         "老人家说几句：", "我{age}岁，腿脚不好。"),
        ("麻烦你们了。", "给你们添麻烦了。", "等你们消息。", "请打电话给我，我不会看手机。", "谢谢年轻人。"),
    ),
    "young": Voice(
        ("求助一下，", "想问下，", "刚下班路过，", "发图为证，", "第一次用这个，", "弱弱地说一句，", "刚搬来没多久，"),
        ("谢谢啦～", "拜托了！", "在线等。", "辛苦各位！", "先谢过。", "有进度踢我一下～"),
    ),
    "angry": Voice(
        ("到底有没有人管？", "这是第{n}次说了。", "真的忍不下去了！", "打了{n}个电话都没用，", "又来了！", "别再推了，"),
        ("再这样我就天天打电话！", "请给个准话。", "不要再回复“正在处理”了。", "我等你们的答复！", "今天就要看到有人来！"),
    ),
    "polite": Voice(
        ("您好，打扰了。", "工作人员您好，", "辛苦了，有件小事想请您帮忙：", "您好，首先感谢你们平时的工作。", "冒昧打扰，"),
        ("非常感谢！", "祝工作顺利。", "不急，方便时处理就好。", "给您添麻烦了，谢谢。", "期待您的回复。"),
    ),
    "canto": Voice(
        ("喂，唔好意思，", "街坊讲句，", "想问下，", "真系顶唔顺，", "我哋呢度，", "麻烦帮手睇下，"),
        ("唔该晒！", "唔该快啲。", "麻烦晒你哋。", "拜托啦。", "等紧你哋。"),
        _CANTO,
    ),
    "parent": Voice(
        ("我是{school}学生的家长，", "每天送娃经过，", "家里有两个小的，", "家长群里都在说，", "当妈的有点担心，", "带着孩子路过，"),
        ("为了孩子，请重视一下。", "谢谢你们。", "其他家长也是这个意思。", "盼回复。"),
    ),
    "shop": Voice(
        ("我在这边开{shop}，", "做小生意的，", "我们沿街几家店一起反映：", "开店{n}年了，", "店门口的事："),
        ("生意都受影响。", "请体谅一下我们小店。", "谢谢，有空来坐。", "希望早点弄好。"),
    ),
    "commuter": Voice(
        ("你好，我在澳門上班，住在這邊。", "每天過關返工，", "我是澳門居民，", "我係香港過嚟住嘅，", "不好意思，用繁體寫，", "下班過關回到家，"),
        ("謝謝！", "麻煩晒。", "辛苦你們了。", "可以用短訊回覆我嗎？", "唔該。"),
        traditional=True,
    ),
    "grid": Voice(
        ("巡查发现：", "网格巡查，", "入户时居民反映：", "今早走访，", "例行巡查，"),
        ("已拍照。", "已放警示牌。", "现场已劝说，需要单位处理。", "居民在场，情况属实。"),
        terse=True,
    ),
}  # fmt: skip

NOTES = (
    "已电话联系，{time}再去现场。", "现场看过，需要带梯子再来一趟。", "和社区{staff}对过，位置是{p}。", "居民白天上班，约了晚上七点。",
    "材料已下单，{day2}到。", "同一处还有{n}件，一起处理。", "责任边界和市政确认过，由我们做。", "天气原因改到{day2}。",
    "照片已补，前后各{n}张。", "住户不在家，留了字条。", "转给夜班跟进。", "和物业约好{day2}上午一起看。",
)  # fmt: skip
FOLLOW_UPS = (
    "补充一下，今天又出现了，比上次还明显。", "刚才看到有人来了，谢谢。", "位置不太好找，在{p}后面那条小路进去。", "请问安排了吗？",
    "我拍了新照片。", "邻居说他们那边也一样。", "晚上七点后我都在家，可以来。", "昨天修了一半，还差一点。", "联系电话换了，请打现在这个。",
    "今天好一些了，先不急。",
)  # fmt: skip
QUESTIONS = (
    "您好，照片看不清位置，请问在哪一栋、哪一侧？", "请问一般几点出现？我们好安排人到现场。", "方便留一张白天的照片吗？",
    "请问是公共部位还是您家里？", "车牌还记得吗？后三位也可以。", "您说的店名能再写一次吗？",
)  # fmt: skip
ANSWERS_TO_QUESTIONS = (
    "在{p}靠里面那一侧，门口有棵树。", "一般{t}，天天都有。", "照片补上了。", "是公共的地方，大家都走。", "只记得尾号是{m}8。",
    "就在路口往里走{m}米。",
)  # fmt: skip
FAIL_CHECKS = (
    "照片只有处理前的，请补处理后的照片。", "现场还有一半没有做完。", "答复没有说明什么时候完成。", "居民说还没有人联系过，请先联系。",
)  # fmt: skip
DISPUTES = (
    "根本没有修好，昨天又坏了。", "只来看了一眼，没有处理。", "答复说修了，我在现场看是老样子。", "只清了一边，另一边没动。",
    "当天好了，第二天又回来了。",
)  # fmt: skip
REOPENS = (
    "过了几天又一样了，请再来看看。", "下了一场雨又出现了。", "修的地方又裂开了。", "当时好了，这周又开始了。",
)  # fmt: skip
# The same where there is nothing to go and look at: papers, money, schools, buses.
FAIL_CHECKS_OF_PAPERS = (
    "答复没有写依据，请补上。", "答复没有说明什么时候完成。", "居民说还没有人联系过，请先联系。", "只答了一半，另一个问题没有答。",
)  # fmt: skip
DISPUTES_OF_PAPERS = (
    "只说在办，到现在没有结果。", "说会联系我，一直没有人打来。", "答复和窗口说的不一样。", "只是回了一段话，事情没有办。",
)  # fmt: skip
REOPENS_OF_PAPERS = (
    "答应的时间过了，还是没有办。",
    "窗口又让我补材料，和答复说的不一样。",
    "说好的这周，没有消息了。",
)
DECLINES = (
    "您说的是合同纠纷，请走法院或仲裁，我们把法律援助的电话发给您。", "内容和{day}的一件相同，已在那一件里答复。",
    "所说地点不在本街道，已把对方街道的电话发给您。", "信息太少，打过{n}次电话没有接通，补充后可以再报。",
)  # fmt: skip
WITHDRAWS = ("已经自己解决了，谢谢。", "发错了，不好意思。", "刚好有人来修了。", "和邻居谈好了，撤回。")
WORDS_GOOD = (
    "很快，谢谢！", "师傅很负责。", "修得很好。", "满意，速度比想的快。", "谢谢，路好走多了。", "态度好，说得清楚。", "没想到周末也来了。",
    "终于安静了。", "点赞。", "办得利索。", "解释得很耐心。", "",
)  # fmt: skip
WORDS_SO_SO = (
    "解决了，就是慢了点。",
    "能再早点通知就好了。",
    "好是好了，地上没扫干净。",
    "一般吧。",
    "希望能管得久一点。",
    "",
)
WORDS_BAD = (
    "没解决，白跑。",
    "答非所问。",
    "拖了太久。",
    "来了两次还是一样。",
    "只是回了一段话，事情没办。",
    "",
)


# What people add when they have time: two of these make a long report.
_BACKGROUND = (
    "之前跟社区说过一次，当时来人看了，后来就没有下文",
    "我在群里问了一下，同一片的好几户都是这个情况",
    "上次处理过，管了大概两个星期，然后又回到老样子",
    "我不是要为难谁，知道你们人手不够，但这件事真的拖得有点久了",
    "白天上班没有时间守着，所以拍了照片，时间都在照片上",
    "我问过旁边做生意的人，都说不知道归哪里管，推来推去",
    "如果需要人配合，我可以下楼带路，或者把录像发给你们",
    "家里老人年纪大，出门本来就不方便，这一下更难了",
    "打过一次电话，接电话的姑娘很客气，说会转，到现在还没有人联系我",
    "以前这里挺好的，住了这么多年，最近一年变得让人头疼",
    "要是暂时解决不了也没关系，告诉我们一声原因和大概的时间就行",
)


@dataclass(frozen=True)
class Setting:
    """Where and about what someone writes; ``extra`` gives fixed values for slots (``site``, ``bus`` …)."""

    place: str
    school: str = "学校"
    extra: dict[str, str] = field(default_factory=dict)


def _pieces(line: str) -> tuple[str, ...]:
    return tuple(piece.strip() for piece in line[2:].split(" / "))


@lru_cache(maxsize=1)
def leaves() -> dict[str, Leaf]:
    """All categories with words, by code. ValueError when a leaf lacks titles, facts or replies."""
    sections: dict[str, dict[str, tuple[str, ...]]] = {}
    current: dict[str, tuple[str, ...]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith(";"):
            continue
        if line[0].isdigit():
            code, _, kinds = line.partition(" @ ")
            current = sections.setdefault(code.strip(), {})
            current["kinds"] = tuple(kind.strip() for kind in kinds.split(",") if kind.strip())
        else:
            current[line[0]] = _pieces(line)
    found = {}
    for code, section in sections.items():
        if len(code) != 6:
            continue
        group = sections.get(code[:4], {})
        parts = {key: section.get(key) or group.get(key, ()) for key in "tfcar"}
        lacking = [key for key in "tfcar" if not parts[key]]
        if lacking or not section["kinds"]:
            raise ValueError(f"reports.txt: {code} lacks {', '.join(lacking) or 'kinds of place'}")
        found[code] = Leaf(code, section["kinds"], parts["t"], parts["f"], parts["c"], parts["a"], parts["r"])
    return found


def fill(text: str, setting: Setting, rng: Random) -> str:
    """Put values into the slots of one text; the same slot has the same value throughout it."""
    chosen: dict[str, str] = {
        "p": setting.place,
        "place": setting.place,
        "school": setting.school,
        **setting.extra,
    }

    def value(match: re.Match[str]) -> str:
        slot = match.group(1)
        if slot not in chosen:
            chosen[slot] = _value(slot, rng)
        # Two numbers in one sentence need not be equal ("5 个蹲位坏了 2 个").
        return chosen.pop(slot) if slot in ("n", "m") else chosen[slot]

    # "上午" and "15点" may meet by chance: the hour is enough.
    return _HALF_DAY.sub("", _SLOT.sub(value, text))


def _value(slot: str, rng: Random) -> str:
    match slot:
        case "n":
            return str(rng.randint(2, 6))
        case "m":
            return str(rng.randint(10, 48))
        case "d":
            return str(rng.choice((2, 3, 3, 4, 5, 7, 10, 12)))
        case "fl":
            return str(rng.randint(3, 18))
        case "t":
            return rng.choice(TIMES)
        case "since":
            return rng.choice(SINCES)
        case "bus":
            return rng.choice(BUSES)
        case "age":
            return str(rng.randint(62, 86))
        case "money":
            return str(rng.choice((298, 380, 599, 680, 980, 1280, 1680, 1999, 2600, 3800, 5200, 6800, 9600)))
        case "shop":
            return names.shop_name(rng, rng.choice(("food", "goods", "leisure")))
        case "course":
            return names.shop_name(rng, "course")
        case "staff":
            return names.person_name(rng, rng.random() < 0.6)[0] + rng.choice(("姐", "师傅", "哥", "主任"))
        case "grill":
            return "烧烤店"
        case _:
            raise ValueError(f"reports.txt: unknown slot {slot!r}")


def _title(titles: tuple[str, ...], fact: str, rng: Random) -> str:
    """The title that says most of the fact; where none does, the beginning of the fact itself."""
    pairs = {fact[i : i + 2] for i in range(len(fact) - 1)}

    def common(title: str) -> int:
        words = _SLOT.sub("", title)
        return sum(words[i : i + 2] in pairs for i in range(len(words) - 1))

    best = max(common(title) for title in titles)
    if best:
        return rng.choice([title for title in titles if common(title) >= best - (best > 2)])
    start = re.sub(r"在?\{p\}的?", "", re.split("[，。（]", fact)[0])
    return start if 4 <= len(start) <= 18 and "{" not in start else rng.choice(titles)


def write(
    leaf: Leaf,
    voice_name: str,
    setting: Setting,
    rng: Random,
    titles: tuple[str, ...] = (),
    facts: tuple[str, ...] = (),
) -> tuple[str, str]:
    """A report: (title, body of 15–200 characters) in the words of a voice of ``VOICES``."""
    voice = VOICES[voice_name]
    fact = rng.choice(facts or leaf.facts)
    title = rng.choice(titles) if titles else _title(leaf.titles, fact, rng)
    if "{p}" not in fact and "{site}" not in fact and "{place}" not in fact and leaf.kinds != ("hall",):
        fact += rng.choice(("，在{p}", "，地点是{p}", "（{p}）"))
    effect, ask = rng.choice(leaf.effects), rng.choice(leaf.asks)
    shape = rng.random()
    # Only what is out of order in the street goes on "since Monday", and it says so once.
    settled = (
        bool(facts) or not leaf.code.startswith(("01", "02", "03")) or "{since}" in fact or "{d}" in fact
    )
    if voice.terse:
        body = f"{rng.choice(voice.opens)}{fact}。{effect + '。' if shape < 0.3 else ''}{rng.choice(voice.closes)}"
    else:
        opening, closing = rng.choice(voice.opens), rng.choice(voice.closes)
        mark = "！" if voice_name == "angry" else "。"
        more = f"{'。'.join(rng.sample(_BACKGROUND, 2))}。" if rng.random() < 0.1 else ""
        long_ago = (
            ""
            if settled
            else rng.choice(("，已经{d}天了", "，不是一天两天了", "，{since}开始的", "", "", "", ""))
        )
        if shape < 0.42:
            body = f"{opening}{fact}{long_ago}{mark}{more}{effect}，{ask}{mark}{closing}"
        elif shape < 0.62:
            body = f"{opening}{fact}{mark}{more}{ask}。{closing}"
        elif shape < 0.8:
            body = f"{opening}{fact}，{effect}{mark}{closing}"
        elif shape < 0.9:
            second = rng.choice(leaf.effects)
            extra = f"{second}。" if second != effect else ""
            body = f"{opening}{fact}{long_ago}。{effect}。{extra}{ask}。{closing}"
        else:
            body = f"{fact}。{ask}。"
        body = re.sub(r"(了[。！]?)，已经\{d\}天了", r"，已经{d}天了", body)
    for plain, local in voice.swaps:
        body = body.replace(plain, local) if rng.random() < 0.75 else body
    body = _ASKED.sub("？", body)
    if len(body) < 17:
        body += rng.choice(("请回复一下。", "麻烦看一看。", "希望有人跟进。"))
    title, body = fill(title, setting, rng), fill(body, setting, rng)
    if voice.traditional:
        title, body = to_traditional(title), to_traditional(body)
    return title[:40], body[:200]


def say(choices: tuple[str, ...], setting: Setting, rng: Random) -> str:
    """One of several sentences with its slots filled."""
    return fill(rng.choice(choices), setting, rng)
