"""Invented words, numbers and shapes for the page /kit/. No person, place or order here is real."""

from __future__ import annotations

import math
import random
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gongzhi.kit.components.lists import QueueItem

_TITLES = (
    ("南屏大街 12 号门前下水道堵了，污水漫到人行道", "working", "处理中"),
    ("小区门口路灯三盏不亮，晚上老人走路看不清", "new", "待受理"),
    ("楼下烧烤店半夜两点还在放音响", "late", "处理中"),
    ("请问居住证到期了在哪里续签", "done", "待评价"),
    ("建议在北山小学门口加一条斑马线", "working", "待核查"),
    ("电动车充电桩坏了一个星期没人修", "soon", "待签收"),
    ("垃圾桶旁边堆了装修废料，请来清走", "paused", "待补充"),
    ("感谢网格员陈志远帮忙联系维修", "closed", "已办结"),
)


def icon_names() -> list[str]:
    """Names in the icon sheet that is served."""
    sheet = Path(__file__).parent / "static" / "gongzhi" / "icons.svg"
    return re.findall(r'<symbol id="((?!shape-)[a-z0-9-]+)"', sheet.read_text("utf-8"))


def words(now: datetime) -> dict[str, Any]:
    """Everything the examples need besides moments: rows, filters, numbers, charts."""
    days = [(now - timedelta(days=13 - i)) for i in range(14)]
    labels = [f"{d.month}/{d.day}" for d in days]
    came = [31, 28, 35, 42, 38, 22, 19, 33, 41, 57, 49, 36, 24, 29]
    closed = [27, 30, 29, 36, 40, 25, 17, 28, 35, 44, 52, 41, 27, 26]
    states = ("fine", "fine", "late", "met", "fine", "soon", "paused", "met")
    queue: list[dict[str, Any]] = [
        {
            "number": f"2026-{10418 - i:06d}",
            "title": title,
            "tone": tone,
            "state": said,
            "due": now + timedelta(hours=(i - 2) * 5 + 1),
            "due_state": state,
            "share": min(1.0, 0.15 * i + 0.2),
            "place": "南屏社区第 3 网格",
            "came": now - timedelta(hours=7 * i, minutes=12),
        }
        for i, ((title, tone, said), state) in enumerate(zip(_TITLES, states, strict=True))
    ]
    return {
        "queue": queue,
        "items": [
            QueueItem(
                "?shell=workbench",
                q["title"],
                q["state"],
                q["tone"],
                chosen=n == 0,
                due_at=q["due"],
                due_state=q["due_state"],
                due_share=q["share"],
                right=q["place"],
            )
            for n, q in enumerate(queue)
        ],
        "tones": [
            {"tone": tone, "said": said}
            for tone, said in (
                ("new", "待受理"), ("waiting", "待签收"), ("working", "处理中"), ("soon", "快到期"), ("late", "已超时"),
                ("done", "待评价"), ("closed", "已办结"), ("paused", "待补充"), ("refused", "不予受理"), ("plain", "已并入"),
            )
        ],
        "steps": [{"name": "已提交", "when": "11月20日"}, {"name": "已派单", "when": "11月20日"}, "处理中", "核查", "评价"],
        "filters": [
            {"label": "我的待办", "url": "?", "count": 8, "current": True},
            {"label": "快到期", "url": "?", "count": 3},
            {"label": "已超时", "url": "?", "count": 1, "late": True},
            {"label": "等居民补充", "url": "?", "count": 2},
        ],
        "tab_items": [
            {"label": "办理中", "url": "?", "count": 2, "current": True},
            {"label": "等您评价", "url": "?", "count": 1},
            {"label": "已办结", "url": "?"},
        ],
        "kinds_notes": {
            "help": "有东西坏了、需要有人来",
            "complaint": "对人或单位的做法不满意",
            "consult": "想问清楚一件事",
            "suggestion": "有更好的办法",
        },
        "kinds_icons": {"help": "tool", "complaint": "speakerphone", "consult": "help", "suggestion": "bulb"},
        "trend": came,
        "photos_shown": [
            {"url": "?picture=before", "thumb": "", "alt": "堵住的雨水口，污水漫过路沿", "stage": "before", "at": now - timedelta(days=1)},
            {"url": "?picture=after", "thumb": "", "alt": "疏通后的雨水口", "stage": "after", "at": now - timedelta(hours=3)},
        ],
        "charts": {
            "line": {
                "title": "过去 14 天每天收到和办结的事项", "note": "件，全街道，截至今天 08:00", "kind": "line", "unit": "件",
                "labels": labels, "axis": "日期", "source": "本平台事项记录",
                "series": [
                    {"name": "收到", "values": came, "low": [v - 5 for v in came], "high": [v + 6 for v in came]},
                    {"name": "办结", "values": closed},
                ],
            },
            "bar": {
                "title": "本月各类事项", "kind": "bar", "flat": True, "unit": "件", "axis": "类别",
                "labels": ["市容环境", "物业管理", "道路交通", "噪声扰民", "咨询服务"],
                "series": [{"name": "事项", "values": [142, 118, 87, 64, 51]}],
            },
            "stack": {
                "title": "各社区本周是否按时", "kind": "stack", "unit": "件", "axis": "社区",
                "labels": ["南屏", "北山", "前山", "湾仔", "银坑"],
                "series": [
                    {"name": "按时", "values": [42, 35, 51, 28, 19], "tone": "done"},
                    {"name": "快到期", "values": [6, 4, 7, 3, 5], "tone": "soon"},
                    {"name": "已超时", "values": [2, 1, 4, 0, 3], "tone": "late"},
                ],
            },
            "pie": {
                "title": "居民从哪里来反映", "kind": "pie", "unit": "件", "axis": "渠道", "folded": True,
                "labels": ["手机", "电话", "窗口", "网格员"], "series": [{"name": "事项", "values": [212, 96, 31, 74]}],
            },
            "heat": {
                "title": "一周里什么时候来得多", "kind": "heat", "unit": "件", "axis": "钟点", "folded": True,
                "labels": ["8", "10", "12", "14", "16", "18", "20", "22"],
                "series": [
                    {"name": name, "values": [(i * 3 + j * 5) % 11 + (6 if j in (1, 5) else 0) for j in range(8)]}
                    for i, name in enumerate(("周日", "周六", "周五", "周四", "周三", "周二", "周一"))
                ],
            },
        },
    }  # fmt: skip


def shapes(kind: str) -> dict[str, Any]:
    """Example GeoJSON: ``areas``, ``roads``, ``water`` or ``points`` of an invented street; always the same."""
    rng = random.Random(7)
    west, south, step = 113.50, 22.21, 0.011
    corner = {
        (i, j): (
            west + i * step + rng.uniform(-1, 1) * 0.0022,
            south + j * step + rng.uniform(-1, 1) * 0.0022,
        )
        for i in range(6)
        for j in range(5)
    }
    names = ("南屏", "北山", "前山", "湾仔", "银坑", "东桥", "广生", "华发", "十二村", "红东", "坪岚", "洪湾", "连屏", "翠屏", "灯笼", "沙心", "福溪", "竹苑", "银石", "海湾")  # fmt: skip
    features: list[dict[str, Any]] = []

    def add(geometry: str, coordinates: Any, **about: Any) -> None:
        features.append(
            {
                "type": "Feature",
                "properties": about,
                "geometry": {"type": geometry, "coordinates": coordinates},
            }
        )

    if kind == "areas":
        for n, (i, j) in enumerate((i, j) for j in range(4) for i in range(5)):
            ring = [corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1], corner[i, j]]
            add("Polygon", [ring], id=n + 1, name=f"{names[n]}社区", kind="community")
    elif kind == "roads":
        for j, name in ((1, "南屏大街"), (3, "珠海大道")):
            add("LineString", [corner[i, j] for i in range(6)], name=name)
        for i, name in ((2, "屏北二路"), (4, "南湾大道")):
            add("LineString", [corner[i, j] for j in range(5)], name=name)
    elif kind == "water":
        wave = [(west - 0.02 + k * 0.004, south - 0.004 + 0.0018 * math.sin(k / 2)) for k in range(26)]
        add(
            "Polygon",
            [[*wave, (wave[-1][0], south - 0.03), (wave[0][0], south - 0.03), wave[0]]],
            name="前山河",
        )
    elif kind == "points":
        for n in range(60):
            title, tone, said = _TITLES[n % len(_TITLES)]
            at = (west + rng.random() * 5 * step, south + rng.random() * 4 * step)
            add(
                "Point",
                at,
                id=n,
                title=title,
                tone=tone,
                meta=f"{said} · {names[n % 20]}社区",
                url="?shell=matter",
            )
    return {"type": "FeatureCollection", "features": features}


def picture(stage: str) -> str:
    """A drawn street drain as SVG, flooded (``before``) or clear (``after``): stands in for a photo."""
    flood = (
        '<ellipse cx="210" cy="235" rx="190" ry="52" fill="#6d7a72"/>'
        '<ellipse cx="180" cy="225" rx="90" ry="16" fill="#8b978d"/>'
    )
    bars = "".join(
        f'<rect x="{150 + i * 20}" y="206" width="9" height="48" rx="3" fill="#2f302d"/>' for i in range(6)
    )
    drain = f'<rect x="138" y="196" width="136" height="68" rx="8" fill="#55574f"/>{bars}'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300"><rect width="400" height="300" fill="#a9a69c"/>'
        '<rect width="400" height="120" fill="#cfc9ba"/><path d="M0 120h400v22H0z" fill="#87857c"/>'
        f"{flood + drain.replace('#55574f', '#4b5a52') if stage == 'before' else drain}</svg>"
    )
