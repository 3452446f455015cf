"""The invented town's rule book: conditions, questions, wordings, other systems' codes, and the responsibility lines.

Everything goes through the actions that a clerk or an administrator would take, a while before the invented days. A few
overlaps and orphans are left in the lines on purpose: the page that shows them needs something to show. Codes of other
systems are invented but for the names of their first levels.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from shapely.geometry import mapping, shape
from shapely.ops import unary_union

from gongzhi.kit import clock
from gongzhi.people import actions as people
from gongzhi.people.actor import Person, person_for
from gongzhi.people.importing import Wanted as Area
from gongzhi.people.models import Account, Organisation, Post
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import corresponding, keywording, questioning, ruling, taxonomy
from gongzhi.workorders.actions.questioning import Wanted
from gongzhi.workorders.codes import Wanted as Codes
from gongzhi.workorders.dry_run import Wanted as Line
from gongzhi.workorders.editions import Planned
from gongzhi.workorders.questions import questions
from gongzhi.workorders.tables import tree

#: How long before the platform's first day in use the rule book was written.
BEFORE = timedelta(days=75)

#: category → (filing condition, closing condition)
CONDITIONS = {
    "0101": ("在公共道路或公共场地上，位置清楚，设施有编号的写编号。小区里面的请物业办理。", "设施恢复使用，现场清理干净，附处理前后照片各一张。"),
    "010105": ("公共道路、桥梁、公园里的路灯，天黑后仍不亮。", "灯亮并连续亮一晚，写明灯杆编号。"),
    "0102": ("发生在街面或公共区域，说得出地点和时间。", "现场已改正，当事人已告知；需要立案处罚的写明案号。"),
    "010203": ("正在搭建，或者能说明搭建的时间和位置。", "已停工、已拆除或已移交查处，写明进展和下一步时间。"),
    "0103": ("公共绿地的树木花草。小区里面的请物业办理。", "修剪或清理完毕，枝叶运走，附照片。"),
    "0104": ("说明小区、楼栋，先向物业反映过的写明物业的答复。", "写明责任方和处理结果；协调没有成的，告知调解和诉讼的途径。"),
    "010410": ("消防通道、楼梯、疏散出口被占或锁闭。", "通道已畅通，写明占用的是谁、怎样防止再占。"),
    "0201": ("说明声音从哪里来、什么时间响。", "已到现场听过或测过，写明时间、结果和责任方的承诺。"),
    "0204": ("公共区域的垃圾、积水、病媒。", "清运完毕，地面无残留，附照片。"),
    "0301": ("说明路段和时间。车还在的，写明号牌后不公开。", "车辆已移走或已录入查处，设施已恢复。"),
    "0902": ("双方自愿调解；已经起诉的不受理。", "达成协议的写明编号；没有达成的写明原因和建议。"),
}  # fmt: skip
#: category → (limit, unit)
LIMITS = {
    "010203": (7, "work_days"),
    "020302": (1, "work_days"),
    "020402": (2, "work_days"),
    "010410": (1, "work_days"),
}
#: category → its questions
QUESTIONS: dict[str, list[Wanted]] = {
    "010105": [
        Wanted("lamp_area", "不亮的有多少？", "choice", ["一盏", "几盏", "一整片"], required=True, place=10),
        Wanted("lamp_pole", "灯杆上的编号（没有就空着）", "text", place=20),
    ],
    "010102": [
        Wanted("cover_state", "井盖怎么了？", "choice", ["没有了", "破了", "踩上去会响"], required=True, place=10),
        Wanted("cover_guarded", "旁边有围挡吗？", "yes_no", place=20),
    ],
    "010107": [Wanted("water_depth", "水大约有多深？", "number", unit="厘米", least=0, most=300, place=10)],
    "010404": [
        Wanted("lift_trapped", "现在有人困在里面吗？", "yes_no", required=True, place=10),
        Wanted("lift_code", "电梯里标牌上的编号", "text", place=20),
    ],
    "010406": [
        Wanted("leak_from", "水从哪里来？", "choice", ["楼上", "外墙", "天台", "不清楚"], place=10),
        Wanted("leak_home", "您家的门牌", "text", personal=True, place=20),
    ],
    "010410": [Wanted("lane_blocked", "消防车现在过得去吗？", "yes_no", required=True, place=10)],
    "020101": [Wanted("noise_now", "现在还在响吗？", "yes_no", place=10)],
    "020401": [Wanted("waste_days", "大约几天没有清运？", "number", unit="天", least=0, most=60, place=10)],
    "030103": [Wanted("car_there", "车还在吗？", "yes_no", required=True, place=10)],
    "050101": [
        Wanted("wage_people", "大约几个人被拖欠？", "number", unit="人", least=1, most=5000, required=True, place=10),
        Wanted("wage_months", "拖欠了几个月？", "number", unit="个月", least=0, most=120, place=20),
    ],
}  # fmt: skip
#: (category or nothing, step, name, text)
WORDINGS = (
    (None, "answer", "已经办好", "您好，您反映的“{标题}”已于{今天}处理好。{单位}工作人员到现场核实，____。感谢您的反映。"),
    (None, "answer", "正在办，还要时间", "您好，您反映的“{标题}”需要____，预计____完成。期间有问题可联系{单位}。"),
    (None, "ask_resident", "请说清地点", "您好，请补充具体地点：靠近哪个路口、店铺或门牌？有照片更好。"),
    (None, "decline", "不归街道管", "您好，这件事由____负责，电话____。我们已把您的情况记下，编号{编号}。"),
    ("010105", "answer", "路灯已修好", "您好，{地点}的路灯已于{今天}修好，灯杆编号____，今晚会再看一次。感谢您的反映。"),
    ("0204", "answer", "垃圾已清运", "您好，{地点}的垃圾已于{今天}清运，并与收运单位约定每天____点前清完。"),
    ("0201", "answer", "噪音已约谈", "您好，工作人员于{今天}到{地点}听测，声音来自____，已约谈责任方，承诺____。若再响，请直接补充说明。"),
    ("010410", "answer", "通道已清开", "您好，{地点}的通道已于{今天}清开，并在现场划线、张贴告示。"),
)  # fmt: skip
_PARTS = (
    ("01", "公用设施", ""), ("0101", "上水井盖", "010102 2"), ("0102", "污水井盖", "010102 1"), ("0120", "路灯", "010105 1"),
    ("0121", "景观灯", "010105 2"), ("0130", "公共厕所", "010110 1"), ("0140", "供水设施", "010501 1"), ("02", "道路交通设施", ""),
    ("0201", "信号灯", "030101 1"), ("0203", "护栏", "010106 1"), ("0204", "标志牌", "030104 1"), ("0210", "公交站亭", "030203 1"),
    ("0230", "车行道", "010103 1"), ("0231", "人行道", "010104 1"), ("03", "市容环境设施", ""), ("0301", "垃圾箱", "020402 1"),
    ("04", "园林绿化设施", ""), ("0401", "行道树", "010302 1"), ("0402", "绿地", "010303 1"), ("05", "其他设施", ""),
    ("0501", "工地围挡", "010601 1"), ("0502", "通信基站", ""), ("E01", "市容环境", "0204 1"), ("E0101", "暴露垃圾", "020401 1"),
    ("E0102", "道路不洁", "020403 1"), ("E0103", "水域不洁", "020301 1"), ("E0104", "焚烧垃圾", "020203 1"), ("E02", "宣传广告", ""),
    ("E0201", "广告招牌破损", "010204 1"), ("E0202", "违规张贴", ""), ("E03", "施工管理", "0106 1"), ("E0301", "施工扰民", "020101 1"),
    ("E0302", "工地扬尘", "020202 1"), ("E0303", "乱倒渣土", "010604 1"), ("E04", "突发事件", ""), ("E0401", "路面塌陷", "010101 1"),
    ("E0402", "路面积水", "010107 1"), ("E0403", "自来水管破裂", "010502 1"), ("E0404", "树木倒伏", "010301 1"), ("E05", "街面秩序", "0102 1"),
    ("E0501", "占道经营", "010201 1"), ("E0502", "乱堆物料", "010202 1"), ("E0503", "机动车乱停", "030103 1"), ("E0504", "共享单车乱停", "010207 1"),
    ("E0505", "违法搭建", "010203 1"),
)  # fmt: skip
_HOTLINE = (
    ("C01", "城市建设", "01 1"), ("C02", "生态环境", "02 1"), ("C03", "交通出行", "03 1"), ("C04", "教育文体", "04 1"),
    ("C05", "劳动社保", "05 1"), ("C06", "市场监管", "06 1"), ("C07", "卫生健康", "07 1"), ("C08", "民政救助", "08 1"),
    ("C09", "公共安全", "09 1"), ("C10", "政务服务", "10 1"), ("C11", "自然资源", "11 1"), ("C12", "农业农村", "12 1"),
    ("C0105", "供水供电供气", "0105 1"), ("C0104", "物业和房屋", "0104 1"), ("C0201", "噪声污染", "0201 1"), ("C13", "国防动员", ""),
)  # fmt: skip


def lay(*, since: date, at: datetime) -> None:
    """Write the rule book of the town that has been laid."""
    then = at - BEFORE
    with clock.stopped(then):
        by = person_for(Account.objects.get(login="admin"))
        _tree(by, then)
        for code, asked in QUESTIONS.items():
            for wanted in asked:
                questioning.change_question(tree().by_code[code].id, wanted, by=by, at=then)
        for about, step, name, text in WORDINGS:
            key = tree().by_code[about].id if about else None
            questioning.change_wording(key, step=step, name=name, text=text, by=by, at=then)
        keywording.set_keyword(tree().by_code["010207"].id, "小黄车", 5, by=by, at=then)
        _codes(
            "city-parts",
            "城市管理部件和事件（示例）",
            "大类名称取自 GB/T 30428.2，代码是示例；请换成本市的标准表",
            _PARTS,
            by,
            then,
        )
        _codes("hotline", "热线分类（示例）", "示例；请换成 DB44/T 2479 或本市的分类表", _HOTLINE, by, then)
        _rules(by, then)
    _lines(since, at)
    _draft(by, at)


def _tree(by: Person, at: datetime) -> None:
    plans = {}
    for code, (filing, closing) in CONDITIONS.items():
        plans[code] = {"filing": filing, "closing": closing}
    for code, (limit, unit) in LIMITS.items():
        plans.setdefault(code, {}).update({"limit": limit, "limit_unit": unit})  # type: ignore[dict-item]
    edition = taxonomy.draft_edition(name="2026 年目录", by=by, at=at)
    taxonomy.propose(edition.pk, [Planned(c, "change", v) for c, v in sorted(plans.items())], by=by, at=at)
    taxonomy.publish(edition.pk, starts_on=clock.local(at).date(), note="写明立案和结案条件", by=by, at=at)


def _draft(by: Person, at: datetime) -> None:
    """A version that is still being written."""
    edition = taxonomy.draft_edition(name="2027 年目录", by=by, at=at)
    new = {
        "name": "外卖车辆占道", "default_type": "complaint", "urgent": False, "near_radius_m": 80, "near_days": 7,
        "counts_satisfaction": True, "board": "城市治理", "hint": "一般在哪家店门口、什么时间？", "limit": None, "limit_unit": "",
        "filing": "", "closing": "",
    }  # fmt: skip
    plans = [
        Planned("010207", "change", {"name": "共享单车和滑板车乱停", "parent_code": "0301"}),
        Planned("010208", "add", new),
        Planned("070201", "retire", {"replaced_by": "070202"}),
    ]
    taxonomy.propose(edition.pk, plans, by=by, at=at)


def _codes(code: str, name: str, source: str, rows: Any, by: Person, at: datetime) -> None:
    topics = tree().by_code
    pairs = [
        (theirs, topics[told.split()[0]].id, int(told.split()[1])) for theirs, _name, told in rows if told
    ]
    wanted = Codes({theirs: said for theirs, said, _told in rows}, pairs)
    corresponding.put_list(code, wanted, name=name, source=source, by=by, at=at)


def _rules(by: Person, at: datetime) -> None:
    """One line that asks for an answer, and two powers that were handed down to the street."""
    street, day = ground().streets[0].id, clock.local(at).date()
    unit = dict(Organisation.objects.values_list("code", "pk"))
    lines = (
        Line("A01", tree().by_code["010105"].id, street, "any", "unit", unit["power"], ("roads",), 90,
             "一整片不亮多半是供电的事", "lamp_area=一整片"),
        Line("X01", tree().by_code["010302"].id, street, "any", "unit", unit["gardens"], (), 95, "", "",
             "区城市管理局", "澜府〔2026〕12 号（示例）"),
        Line("X02", tree().by_code["010203"].id, street, "any", "unit", unit["enforcement"], ("planning",), 95, "", "",
             "区自然资源局", "澜府〔2026〕12 号（示例）"),
    )  # fmt: skip
    for wanted in lines:
        ruling.change_line(wanted, starts_on=day, by=by, at=at)


def _lines(since: date, at: datetime) -> None:
    """Five lines over the grids: most fit, some do not."""
    land = ground()
    unit = {row.code: row for row in Organisation.objects.all()}
    communities = land.communities
    shapes = dict(land.grid_shapes)
    grids = [g for c in communities for g in land.children(c.id)]

    def area(line: str, code: str, name: str, ids: Any, body: str, **more: Any) -> Area:
        return Area(
            line, code, name, tuple(sorted(ids)), more.get("shape"), unit[body].pk, more.get("post"), ""
        )

    wanted = [
        area("peace", f"Z{n:02d}", f"{c.name}综治网格", [c.id], f"community_{n:02d}")
        for n, c in enumerate(communities, 1)
    ]
    wanted.append(
        area("peace", "Z17", "渔港警务区", [communities[4].id], "police")
    )  # two look after the harbour
    wanted.append(area("city", "C01", "东片执法", [c.id for c in communities[:8]], "enforcement"))
    wanted.append(
        area(
            "city",
            "C02",
            "西片城管",
            [g.id for c in communities[8:] for g in land.children(c.id)][:-2],
            "urban",
        )
    )
    pier = unary_union([shape(shapes[g.id]) for g in land.children(communities[3].id)[:2]]).buffer(0.0004)
    wanted.append(area("city", "C03", "海滩保洁示范段", [], "sanitation", shape=dict(mapping(pier))))
    wanted.append(area("fire", "F01", "消防一片", [c.id for c in communities[:9]], "fire"))
    wanted.append(
        area("fire", "F02", "消防二片", [c.id for c in communities[8:15]], "safety")
    )  # one in both, one in none
    wanted.append(
        area("safety", "S01", "安全生产全域", [g.id for g in grids if g.id != grids[20].id], "safety")
    )
    wanted.append(area("safety", "S02", "渔港作业", [communities[4].id], "rural"))
    leaders = dict(
        Post.objects.filter(role=Role.GRID_LEADER, ends_on=None)
        .order_by("-pk")
        .values_list("division_id", "pk")
    )
    for n, community in enumerate(communities, 1):
        below = land.children(community.id)
        if n == 9:
            continue  # nobody has been named there yet
        post = leaders.get(below[0].id) if n % 4 == 0 else None
        named = Area(
            "justice", f"J{n:02d}", f"{community.name}法律服务", (community.id,), None,
            None if post else unit["justice"].pk, post, "",
        )  # fmt: skip
        wanted.append(named)
    people.put_lines(wanted, starts_on=since, by=people_by(), at=at)


def people_by() -> Any:
    """In whose name the ground is laid."""
    from gongzhi.demo.laying import BY

    return BY


def answers_for(category: str, number: int) -> dict[int, Any]:
    """What the reporter of an invented story answers: most questions, not all."""
    asked = QUESTIONS.get(category)
    if not asked:
        return {}
    rng = Random(f"answers {number}")
    ids = {one.code: one.id for one in questions().values() if one.ends_on is None}
    told: dict[int, Any] = {}
    for one in asked:
        if one.code not in ids or (not one.required and rng.random() < 0.4):
            continue
        if one.kind == "choice":
            told[ids[one.code]] = rng.choice(list(one.choices))
        elif one.kind == "yes_no":
            told[ids[one.code]] = rng.random() < 0.5 and one.code != "lift_trapped"
        elif one.kind == "number":
            told[ids[one.code]] = rng.randint(int(one.least or 0), min(int(one.most or 9), 30))
        else:
            told[ids[one.code]] = (
                f"{rng.randint(1, 40)} 栋 {rng.randint(1, 30)}0{rng.randint(1, 6)}"
                if one.personal
                else f"K{rng.randint(1000, 9999)}"
            )
    return told
