"""Invented names: people, roads, estates, shops, telephone numbers.

All made by combining common syllables with a seeded generator; any likeness is chance. Telephone numbers look
like 1990000xxxx, +853 00xxxxxx or +852 00xxxxxx: numbers in Macao and Hong Kong never begin with 0, and the very
first block of a mainland prefix is so plainly made up that nobody dials it by mistake. A demonstration must not
be able to call or text a living person.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

CITY, DISTRICT, STREET = "汐州市", "澜屿区", "望澜街道"
BAY, RIVER, SANDS, HARBOUR, HILL = "望澜湾", "听澜涌", "细沙湾", "渔歌渔港", "望澜山"

COMMUNITIES = (
    "海棠", "听涛", "望潮", "细沙", "渔歌", "南塘", "榕荫", "东埔",
    "星屿", "木棉里", "鹭洲", "竹影", "桥南", "蚝田", "晚晴", "新围",
)  # fmt: skip
# Communities grown out of villages: narrow houses close together, numbered by the lane.
VILLAGES = frozenset({"渔歌", "东埔", "蚝田", "新围"})

# Property companies by code, and the communities (counted from 1) whose estates they look after.
PROPERTY_COMPANIES = {
    "property_01": ("安澜物业服务公司", (1, 2, 3)),
    "property_02": ("和风物业服务公司", (4, 5)),
    "property_03": ("润邻物业服务公司", (6, 7, 8)),
    "property_04": ("海屿里物业服务公司", (9, 10, 11)),
    "property_05": ("满庭物业服务公司", (12, 13)),
    "property_06": ("邻里归物业服务公司", (14, 15, 16)),
}

_SURNAMES = (
    "陈" * 9 + "李" * 8 + "黄" * 8 + "林" * 7 + "张" * 6 + "梁" * 6 + "吴" * 5 + "刘" * 5 + "何" * 4 + "罗" * 3
    + "谭" * 3 + "冯" * 3 + "郑" * 3 + "邓" * 3 + "容卢麦甘余苏叶曾彭萧潘杜魏邝简古区关招司徒欧阳莫欧钟温庄傅韦"
).replace("司徒", "").replace("欧阳", "")  # fmt: skip
_DOUBLE_SURNAMES = ("欧阳", "司徒")
_FEMALE = (
    "丽", "芳", "敏", "婷", "雪", "燕", "秀", "玉", "慧", "静", "兰", "萍", "霞", "娟", "琳", "珊", "欣", "怡", "晴",
    "雯", "妍", "瑶", "倩", "月", "桂", "莲", "彩", "凤", "美", "惠", "诗", "颖", "嘉", "思", "佩", "筠",
)  # fmt: skip
_MALE = (
    "伟", "强", "军", "明", "杰", "涛", "勇", "辉", "鹏", "斌", "志", "建", "国", "海", "文", "宇", "浩", "俊", "荣",
    "华", "坚", "锋", "亮", "宏", "泽", "豪", "锐", "权", "满", "添", "炳", "耀", "祥", "铭", "楷", "柏",
)  # fmt: skip
_HK_SURNAMES = ("陳", "黃", "梁", "何", "鄧", "馮", "蘇", "鄭", "趙", "葉", "譚", "歐陽", "劉", "盧")
_HK_GIVEN = (
    "詠詩", "家俊", "嘉欣", "國榮", "美玲", "志偉", "慧嫻", "俊傑", "婉儀", "偉倫", "淑賢", "啟明", "麗珍", "浩然",
    "潔瑩", "錦輝", "鳳儀", "子軒", "曉彤", "耀東", "佩珊", "家豪",
)  # fmt: skip
_HK_ENGLISH = (
    "Wing",
    "Ka Chun",
    "Mei Ling",
    "Chi Wai",
    "Iok Fong",
    "Weng Kei",
    "Sio Man",
    "Kin Seng",
    "Hoi Ian",
)

_ROAD_HEADS = (
    "海棠", "木棉", "凤尾", "听潮", "观澜", "榕树", "白兰", "紫荆", "银桦", "丹桂", "青榄", "渔光", "帆影", "灯塔",
    "贝壳", "珊瑚", "鹭鸣", "晨曦", "晚晴", "荔红", "蕉林", "石榴", "芒果", "杨桃", "水翁", "鸡蛋花", "簕杜鹃", "龙眼",
    "渔家", "盐田", "蚝墩", "沙堤", "潮生", "月汐", "南风", "北帆", "东岸", "西滘", "中塘", "竹林", "茉莉", "金桂",
    "柚香", "合欢", "相思", "蓝花", "黄槐", "香樟", "栀子", "莲塘", "藕花", "菱角", "芦苇", "稻香", "瓦窑", "米铺",
    "豆巷", "灯笼", "麻石", "青砖", "风车", "水车", "码头", "船坞", "织网", "晒鲞", "同心", "友邻", "安居", "乐群",
    "启明", "明礼", "知行", "致远", "怀远", "思源", "崇文", "康宁", "福宁", "永宁",
)  # fmt: skip
_ROAD_MIDDLES = ("", "东", "西", "南", "北", "前", "后", "上", "新", "中", "横")
_ROAD_TAILS = {"trunk": ("大道",), "main": ("路",), "street": ("街",), "lane": ("巷", "里")}

_ESTATE_HEADS = (
    "海棠", "听涛", "望潮", "澜庭", "碧汐", "云帆", "星屿", "榕荫", "鹭岸", "竹影", "晴川", "汀兰", "桂语", "荷塘",
    "悦澜", "汐悦", "沐阳", "南山脚", "书香", "锦澜", "翠湾", "金沙里", "银桦", "木棉", "紫云", "丽晶", "春晓", "秋实",
    "半岛", "湖心", "水岸", "东篱", "怡乐", "安宁", "和顺", "康乐", "友谊", "红旗", "建设", "渔业", "供销", "粮油",
)  # fmt: skip
_ESTATE_TAILS = ("苑", "花园", "居", "雅苑", "新村", "小区", "台", "轩", "家园", "公寓")

_SHOP_HEADS = (
    "阿满", "好味来", "老街坊", "渔歌", "潮记", "荣叔", "七婶", "小巷", "大海碗", "蚝门", "三月", "月汐", "晨光",
    "顺意", "平价", "邻家", "阿婆", "福满", "金桂", "南风", "巷口", "灯塔", "海石", "半糖", "青瓦", "十八座",
)  # fmt: skip
SHOP_TRADES = {
    "food": ("茶餐厅", "烧烤档", "大排档", "糖水铺", "肠粉店", "火锅店", "海鲜酒家", "面馆", "烧腊店"),
    "goods": ("便利店", "水果店", "五金店", "药店", "超市", "手机店", "洗衣店", "母婴店", "文具店"),
    "leisure": ("酒吧", "棋牌室", "美容院", "健身房", "琴行", "宠物店", "足浴店", "网咖"),
    "course": ("英语培训中心", "舞蹈培训班", "美术培训班", "托管中心", "篮球训练营"),
}


@dataclass(frozen=True)
class Person:
    """An invented person. ``region`` is CN, MO or HK; ``voice`` chooses how their reports sound (see texts)."""

    name: str
    phone: str
    region: str
    voice: str
    female: bool


def phone(number: int, region: str = "CN") -> str:
    """A number that cannot exist: 1990000xxxx, +853 0xxx xxxx or +852 0xxx xxxx."""
    if region == "CN":
        return f"1990000{number % 10_000:04d}"
    return f"+{'853' if region == 'MO' else '852'} 00{number % 1_000_000:06d}"


def person_name(rng: Random, female: bool) -> str:
    """A name of two or three characters in Simplified Chinese (rarely a double surname)."""
    surname = rng.choice(_DOUBLE_SURNAMES) if rng.random() < 0.01 else rng.choice(_SURNAMES)
    given = _FEMALE if female else _MALE
    first = rng.choice(given)
    if rng.random() < 0.22:
        return surname + first
    return surname + first + rng.choice([syllable for syllable in given if syllable != first])


def person(rng: Random, number: int, voice: str = "plain", region: str = "CN") -> Person:
    """The ``number``-th invented person; Macao and Hong Kong people are written in Traditional."""
    female = rng.random() < 0.52
    if region == "CN":
        name = person_name(rng, female)
    elif rng.random() < 0.85:
        name = rng.choice(_HK_SURNAMES) + rng.choice(_HK_GIVEN)
    else:
        name = f"{rng.choice(_HK_ENGLISH)} {rng.choice(('Chan', 'Leong', 'Lam', 'Ho', 'Wong', 'Cheong'))}"
    return Person(name, phone(number, region), region, voice, female)


def road_names(rng: Random, rank: str, count: int, taken: set[str]) -> list[str]:
    """``count`` new road names fit for the rank; they are added to ``taken``."""
    names: list[str] = []
    for middle in _ROAD_MIDDLES:
        heads = list(_ROAD_HEADS)
        rng.shuffle(heads)
        for tail in _ROAD_TAILS[rank]:
            for head in heads:
                name = f"{head}{middle}{tail}" if rank != "trunk" else f"{head}{tail}"
                if len(names) < count and name not in taken:
                    taken.add(name)
                    names.append(name)
    return names


def estate_names(rng: Random, count: int) -> list[str]:
    """``count`` different names of estates; the first is always 海棠苑."""
    pairs = [
        head + tail for head in _ESTATE_HEADS for tail in _ESTATE_TAILS if head != "海棠" or tail != "苑"
    ]
    rng.shuffle(pairs)
    return ["海棠苑", *pairs][:count]


def shop_name(rng: Random, trade: str) -> str:
    """A small shop of a trade in SHOP_TRADES."""
    return rng.choice(_SHOP_HEADS) + rng.choice(SHOP_TRADES[trade])
