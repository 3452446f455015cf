"""Eight matters that many people report at once: where, when, how often, and in which words.

The words use the slots explained in ``texts``; ``{site}`` is the one place the matter is about.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hot:
    """``days_ago``: from … to, counted back from the end of the plan (0 = the last day); ``hours``: when on a day.

    ``kinds`` are the kinds of place the site is chosen from; ``open_share`` of its reports are still being worked on
    when the last report is young.
    """

    key: str
    leaf: str
    kinds: tuple[str, ...]
    count: int
    days_ago: tuple[int, int]
    hours: tuple[int, int]
    titles: tuple[str, ...]
    facts: tuple[str, ...]


HOT = (
    Hot(
        "night_works", "020101", ("works", "estate"), 27, (36, 24), (22, 26),
        ("{site}工地半夜施工", "{site}旁边又在打桩", "夜间施工太吵，{site}", "{site}工地吵得睡不着", "求管管{site}的工地"),
        (
            "{site}旁边的工地{t}还在打桩，一声一声跟敲在枕头上一样", "{site}工地连着{n}晚夜间施工，混凝土泵车响到两点",
            "{site}那个工地凌晨还有泥头车进出，倒车声滴滴响", "{site}的工地半夜切钢筋，声音尖得吓人",
            "又是{site}工地，说好十点停，现在还在施工，窗户都在震", "{site}工地大灯照进屋里，打桩机没停过",
        ),
    ),
    Hot(
        "dry_taps", "010501", ("estate",), 19, (12, 12), (6, 17),
        ("{site}停水", "{site}没水了", "{site}整个小区停水", "什么时候来水？{site}", "{site}又断水"),
        (
            "{site}早上六点起就没水", "{site}整个小区停水，物业说不知道", "{site}{fl}楼一滴水都没有，楼下也没有",
            "{site}停水没有通知，孩子上学脸都没洗", "{site}说中午来水，现在{t}还没有", "{site}水管只有嘶嘶的气声",
        ),
    ),
    Hot(
        "fallen_trees", "010301", ("road", "estate", "park", "school"), 34, (21, 20), (5, 19),
        ("台风后{place}大树倒了", "{place}树倒挡路", "{place}树断了", "倒树挡住{place}", "台风过后{place}的树压着东西"),
        (
            "台风过后{place}一棵大树倒了，横在路上", "昨晚风太大，{place}的树连根倒，压着围墙",
            "{place}树枝断了一地，有一根挂在电线上", "{place}倒了{n}棵树，车过不去", "{place}的大树歪了，靠在雨棚上，随时要倒",
            "台风刮断的树还堆在{place}，已经{n}天", "{place}树倒压住{n}辆电动车，人没事",
        ),
    ),
    Hot(
        "bus_rerouted", "030201", ("bus_stop",), 24, (44, 30), (6, 21),
        ("{bus}改线后不停{site}", "{bus}改线太不方便", "希望{bus}恢复走{site}", "{bus}改线意见", "{site}没有公交了"),
        (
            "{bus}改线后不经过{site}了，老人要多走一站半", "{bus}改线没人问过我们，{site}一带上班的都要转车",
            "以前{bus}在{site}上车直达医院，改线后要转一次", "{bus}绕到大道去了，{site}的学生只能骑车",
            "{site}等了{m}分钟才有人告诉我{bus}改线了，站牌也没换", "希望{bus}改线后高峰还能停一停{site}",
        ),
    ),
    Hot(
        "school_gate", "040201", ("school",), 16, (55, 9), (7, 17),
        ("{site}门口接送太乱", "{site}校门口堵车", "{site}放学危险", "希望{site}门口有人管"),
        (
            "{site}校门口早上双排停车，孩子从车缝里钻", "{site}放学时电动车逆行，差点撞到一年级的",
            "{site}门口没有接送区，家长只能停在路中间", "{site}的斑马线上停着车，护学的大姐一个人忙不过来",
            "接孩子到{site}，{m}分钟挪不动，后面一直按喇叭",
        ),
    ),
    Hot(
        "barbecue_smoke", "020201", ("road",), 18, (26, 1), (18, 25),
        ("{site}烧烤油烟太大", "{site}{grill}油烟", "烧烤烟飘进家里", "{grill}的烟什么时候能管"),
        (
            "{site}的{grill}一到{t}就冒烟，楼上晒的被子全是味", "{grill}在{site}把炉子摆到人行道，烟直接往上冲",
            "{site}那家{grill}的排烟口正对我家厨房", "{grill}说装了净化器，可是{site}一条街还是白烟",
            "投诉过{grill}，检查的人一走，{site}又开始冒烟",
        ),
    ),
    Hot(
        "black_creek", "020301", ("bridge",), 14, (50, 38), (7, 20),
        ("{site}水发黑发臭", "听澜涌又臭了", "{site}河水变黑", "听澜涌有污水排进来"),
        (
            "{site}的水黑得发亮，还冒泡，路过要憋气", "{site}这一段漂着死鱼，有{m}条", "{site}下面有根管子在流污水，{t}最多",
            "退潮后{site}的河泥发臭，家里不敢开窗", "{site}附近发臭{n}天了，水面一层油",
        ),
    ),
    Hot(
        "stuck_lift", "010404", ("estate",), 15, (5, 0), (7, 22),
        ("{site}电梯停了", "{site}电梯坏了没人修", "{site}电梯又坏", "{site}老人下不了楼"),
        (
            "{site}的电梯停了{n}天，门口只贴一张纸", "{site}两部电梯坏一部，早上排队到大门口",
            "{site}电梯坏了，我妈{age}岁住{fl}楼，下不来", "{site}电梯修好一天又停，显示屏乱跳",
            "{site}电梯配件说在路上，说了{n}天，{fl}楼天天爬", "{site}电梯关门时抖一下，没人敢坐",
        ),
    ),
)  # fmt: skip
