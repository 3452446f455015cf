"""The components keep their promises: contrast, words about time, no inline script or style, every icon exists.

Pages in a real browser (axe, large letters, phone width) are in ``test_components_browser.py``.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from gongzhi.kit import clock, gallery_examples, navigation
from gongzhi.kit.components import drawings, fields, lists, marks, words

ROOT = Path(__file__).resolve().parents[4]
KIT = ROOT / "src" / "gongzhi" / "kit"
SHANGHAI = ZoneInfo("Asia/Shanghai")
WEDNESDAY = datetime(2026, 3, 11, 10, 0, tzinfo=SHANGHAI)


def draw(source: str, **about: object) -> str:
    return Template("{% load kit %}" + source).render(Context(about))


# ---- lists


def test_a_row_of_a_queue_says_what_it_was_given_and_nothing_as_markup() -> None:
    with clock.stopped(WEDNESDAY):
        item = lists.QueueItem(
            "/desk/7/?q=%22&status=all", "路灯<b>不亮", "处理中", "working", chosen=True, urgent=True, hidden=True,
            due_at=WEDNESDAY + timedelta(hours=3), due_share=0.5, right="照明", under=("南屏 › 第 3 网格", "管养所"),
            marks=(("黄牌督办", "soon"),),
        )  # fmt: skip
        plain = lists.QueueItem(
            "/desk/8/", "来信", "已办结", came_at=WEDNESDAY, under=("", ""), missing="位置不明"
        )
        said = lists.queue_items([item, plain])
    assert "路灯&lt;b&gt;不亮" in said and "<b>不亮" not in said
    assert 'href="/desk/7/?q=%22&amp;status=all"' in said
    for word in ("处理中", "今天 13:00 前", "照明", "南屏 › 第 3 网格", "管养所", "黄牌督办", "位置不明"):
        assert word in said
    assert said.count("is-chosen") == 1 and said.count("data-queue-item") == 2


def test_options_mark_what_is_chosen_and_keep_groups() -> None:
    said = lists.options([("甲社区", [(1, "第 1 网格"), (11, "第 <2> 网格")]), ("x", "其他")], 11)
    assert said.count(" selected") == 1 and '<option value="11" selected>第 &lt;2&gt; 网格' in said
    assert '<optgroup label="甲社区">' in said and '<option value="x">其他' in said
    assert " selected" not in lists.options([("", "全部")], "")


# ---- colours


def palette(selector: str) -> dict[str, str]:
    sheet = (ROOT / "assets" / "css" / "tokens.css").read_text("utf-8")
    found: dict[str, str] = {}
    for block in re.findall(re.escape(selector) + r" \{(.*?)\n\}", sheet, re.S):
        found |= dict(re.findall(r"--([\w-]+): ([^;]+);", block))
    return found


def resolved(name: str, tokens: dict[str, str]) -> str:
    value = tokens[name]
    while match := re.fullmatch(r"var\(--([\w-]+)\)", value):
        value = tokens[match[1]]
    return value


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(d * 2 for d in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio, 1..21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


GROUNDS = ("ground", "surface", "sunken", "hover", "chosen", "lead-faint")
PAIRS = [
    *[(text, ground, 4.5) for text in ("text", "text-soft", "link", "lead-strong") for ground in GROUNDS],
    *[("text-faint", ground, 4.5) for ground in ("ground", "surface", "sunken")],
    ("on-lead", "lead", 4.5),
    ("on-lead", "lead-strong", 4.5),
    *[(f"{t}", f"{t}-{g}", 4.5) for t in ("late", "soon", "done") for g in ("ground", "soft")],
    *[(t, ground, 4.5) for t in ("late", "soon", "done") for ground in ("surface", "ground")],
    *[("line-control", ground, 3.0) for ground in ("ground", "surface", "sunken")],
    *[("lead", ground, 3.0) for ground in ("ground", "surface")],
    *[("focus", ground, 3.0) for ground in ("ground", "surface")],
    *[("late-mark", ground, 3.0) for ground in ("surface", "late-ground")],
]


@pytest.mark.parametrize("theme", ["light", "board"])
def test_every_text_and_control_can_be_told_from_its_ground(theme: str) -> None:
    tokens = palette(":root")
    if theme == "board":
        tokens |= palette(".board")
    poor = []
    for front, back, least in PAIRS:
        ratio = contrast(resolved(front, tokens), resolved(back, tokens))
        if ratio < least:
            poor.append(f"{front} on {back}: {ratio:.2f} < {least}")
    assert not poor


# ---- words about time


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "今天 15:30"), (1, "明天 15:30"), (2, "后天 15:30"), (-1, "昨天 15:30"), (4, "周日 15:30"), (9, "3月20日 15:30"), (-20, "2月19日 15:30"), (400, "2027年4月15日 15:30")],
)  # fmt: skip
def test_moments_are_said_as_people_say_them(days: int, said: str) -> None:
    at = WEDNESDAY.replace(hour=15, minute=30) + timedelta(days=days)
    assert words.moment_words(at, WEDNESDAY) == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(200, "还有 3 小时 20 分"), (60, "还有 1 小时"), (0.5, "不到 1 分钟就到时"), (-0.5, "刚刚超时"), (2880, "还有 2 天"), (-1500, "已超 1 天 1 小时")],
)  # fmt: skip
def test_what_is_left_is_said_in_two_units(minutes: float, said: str) -> None:
    assert words.left_words(WEDNESDAY + timedelta(minutes=minutes), WEDNESDAY) == said


def test_a_moment_tells_the_exact_one_on_hover() -> None:
    with clock.stopped(WEDNESDAY):
        shown = draw("{{ at|until }}", at=WEDNESDAY.replace(hour=15, minute=30))
    assert "今天 15:30 前" in shown
    assert 'datetime="2026-03-11T15:30:00+08:00"' in shown
    assert "2026-03-11 15:30:00" in shown


def test_an_interval_shows_band_dot_mean_and_ring() -> None:
    drawn = str(drawings.interval_svg(0.81, 0.72, 0.89, mean=0.78, plain=1, label="81%<b>"))
    assert 'x="72.0%" width="17.0%"' in drawn and 'cx="81.0%"' in drawn and 'x1="78.0%"' in drawn
    assert 'cx="99.1%"' in drawn and "81%&lt;b&gt;" in drawn and "style=" not in drawn
    bare = str(drawings.interval_svg(0, 0, 0))
    assert "<line" not in bare and "interval__ring" not in bare and 'width="0.5%"' in bare


def test_nothing_promised_draws_nothing() -> None:
    assert marks.due(None) == ""
    assert draw("{{ at|moment }}", at=None) == ""


# ---- marks


def test_names_are_escaped_in_every_mark() -> None:
    nasty = "<script>alert(1)</script>"
    for shown in (
        marks.chip(nasty, "late", title=nasty),
        marks.person(nasty, nasty, unit=nasty, url=nasty, phone=nasty),
        marks.person("", nasty),
        marks.unit(nasty, nasty),
        marks.audience(nasty),
        marks.money(1, nasty),
        marks.icon(nasty, label=nasty),
        marks.due(WEDNESDAY, nasty, "x", nasty, now=WEDNESDAY),
        drawings.spark_bars([1, 2], label=nasty),
        drawings.qr_svg(nasty, nasty),
    ):
        assert "<script" not in shown


@pytest.mark.parametrize("tone", marks.TONES)
def test_a_chip_has_a_word_a_shape_and_a_colour(tone: str) -> None:
    shown = marks.chip("处理中", tone)
    assert "处理中" in shown
    assert f"#shape-{tone}" in shown
    assert f"chip--{tone}" in shown
    assert f'id="shape-{tone}"' in (KIT / "static" / "gongzhi" / "icons.svg").read_text("utf-8")


def test_a_vacant_post_says_so() -> None:
    assert "暂时空缺" in marks.person("", "网格员")


def test_an_unknown_audience_reads_as_closed() -> None:
    assert "#lock" in marks.audience("whoever")


@pytest.mark.parametrize(("amount", "said"), [(12800, "12,800"), ("3250.5", "3,250.50"), (0, "0")])
def test_money_has_its_thousands_separated(amount: object, said: str) -> None:
    assert f"<b>{said}</b>" in marks.money(amount)


@pytest.mark.parametrize(("given", "share"), [(None, 0), ("0.4", 0.4), (7, 1), (-1, 0), ("x", 0)])
def test_shares_stay_between_nothing_and_all(given: object, share: float) -> None:
    assert marks.share_of(given) == share


# ---- forms


class Question(forms.Form):
    text = forms.CharField(label="什么事", help_text="写清楚", widget=forms.Textarea)
    kind = forms.ChoiceField(label="类别", choices=[("a", "求助"), ("b", "投诉")], widget=forms.RadioSelect)
    photos = forms.FileField(
        label="照片", required=False, widget=forms.FileInput(attrs={"accept": "image/*"})
    )


def test_a_field_is_tied_to_its_label_help_and_error() -> None:
    form = Question({})
    form.is_valid()
    shown = draw("{% field form.text count=500 %}", form=form)
    assert 'for="id_text"' in shown
    assert 'aria-describedby="id_text_help id_text_error"' in shown
    assert 'id="id_text_help"' in shown
    assert 'id="id_text_error"' in shown
    assert 'aria-invalid="true"' in shown
    assert "请填写“什么事”" in shown


def test_choices_are_cards_with_notes() -> None:
    shown = draw(
        "{% field form.kind notes=notes icons=icons %}",
        form=Question(),
        notes={"a": "有东西坏了"},
        icons={"b": "flag"},
    )
    assert shown.count('class="choice"') == 2
    assert "有东西坏了" in shown
    assert "#flag" in shown


def test_the_error_summary_leads_to_the_first_choice_of_a_group() -> None:
    form = Question({"text": "x"})
    form.is_valid()
    assert 'href="#id_kind_0"' in draw("{% error_summary form %}", form=form)
    assert draw("{% error_summary form %}", form=Question({"text": "x", "kind": "a"})).strip() == ""


def test_photos_get_a_picker() -> None:
    assert fields.control_kind(Question()["photos"]) == "photos"
    assert "data-photo-field" in draw("{% field form.photos %}", form=Question())


def test_asking_once_more_names_the_thing() -> None:
    shown = draw(
        '{% confirm "撤回" question="要撤回" thing=thing %}{% endconfirm %}',
        thing="下水道堵了 <b>",
        csrf_token="t0",
    )
    assert "“下水道堵了 &lt;b&gt;”" in shown
    assert 'value="t0"' in shown


# ---- navigation


def test_navigation_shows_what_exists_and_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(navigation, "reverse", lambda name: f"/{name}/" if name != "absent" else _missing())
    for item in (
        navigation.NavItem("b", "乙", "b", "home", place="staff", order=2, count=lambda request: 3),
        navigation.NavItem("a", "甲", "a", "home", place="staff", order=1),
        navigation.NavItem("c", "丙", "absent", "home", place="staff"),
        navigation.NavItem("d", "丁", "d", "home", place="staff", who=lambda actor: False),
    ):
        navigation.register(item)
    request = RequestFactory().get("/")
    request.actor = SimpleNamespace(account_id=1)
    shown = navigation.entries(request, "staff")
    assert [(e["label"], e["url"], e["count"]) for e in shown] == [("甲", "/a/", None), ("乙", "/b/", 3)]


def test_entries_of_a_group_fold_into_one_menu_and_a_single_one_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(navigation, "reverse", lambda name: f"/{name}/")
    for item in (
        navigation.NavItem(
            "whistle", "吹哨", "w", "home", order=1, group="together", count=lambda request: 2
        ),
        navigation.NavItem("desk", "工作台", "d", "home", order=2),
        navigation.NavItem("meet", "会议", "m", "home", order=3, group="together", count=lambda request: 3),
        navigation.NavItem("rules", "规则", "r", "home", order=4, group="tables"),
    ):
        navigation.register(item)
    request = RequestFactory().get("/")
    request.resolver_match = SimpleNamespace(view_name="m")  # type: ignore[assignment]
    desk, together, rules = navigation.entries(request, "staff")
    assert (desk["label"], rules["label"], rules["inside"]) == ("工作台", "规则", [])
    assert [one["label"] for one in together["inside"]] == ["吹哨", "会议"]
    assert (together["label"], together["count"], together["current"]) == ("协同", 5, True)
    with pytest.raises(ValueError, match="unknown group"):
        navigation.register(navigation.NavItem("x", "某", "x", "home", group="elsewhere"))


def _missing() -> str:
    raise navigation.NoReverseMatch


def test_large_letters_come_from_a_cookie() -> None:
    request = RequestFactory().get("/")
    assert navigation.type_size(request) == "normal"
    request.COOKIES["gz_type"] = "large"
    assert navigation.type_size(request) == "large"


# ---- templates and assets


TEMPLATES = sorted((KIT / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.stem)
def test_no_template_carries_script_or_style_inside(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son[a-z]+=\"", text)
    assert not re.search(r"\sstyle=\"", text)
    assert "javascript:" not in text


def test_every_icon_asked_for_by_name_exists() -> None:
    known = set(gallery_examples.icon_names())
    asked = {
        (name, str(path.relative_to(ROOT)))
        for path in (ROOT / "src").rglob("templates/**/*.html")
        for name in re.findall(r"{% icon \"([\w-]+)\"|\bicon=\"([\w-]+)\"", path.read_text("utf-8"))
        for name in name
        if name and name != "point"
    }
    assert not sorted(pair for pair in asked if pair[0] not in known)


def test_every_component_is_in_the_manual() -> None:
    from gongzhi.kit.templatetags.kit import register

    manual = (KIT / "templates" / "kit" / "README.md").read_text("utf-8")
    absent = [name for name in register.tags if f"% {name} " not in manual and f"% {name} %" not in manual]
    assert sorted(absent) == []


def test_served_files_are_those_the_checksums_name() -> None:
    import hashlib

    static = KIT / "static"
    listed = dict(
        reversed(line.split("  ", 1))
        for line in (static / "vendor" / "LICENSES.md").read_text("utf-8").splitlines()
        if re.fullmatch(r"[0-9a-f]{64}  \S+", line)
    )
    served = {str(p.relative_to(static)) for p in static.rglob("*") if p.is_file()} - {"vendor/LICENSES.md"}
    assert served == set(listed)
    for name, digest in listed.items():
        assert hashlib.sha256((static / name).read_bytes()).hexdigest() == digest, name


def test_the_first_page_without_a_map_stays_light() -> None:
    import gzip

    static = KIT / "static"
    files = ("gongzhi/gongzhi.css", "gongzhi/icons.svg", "gongzhi/live.js", "gongzhi/near.js", "gongzhi/photo.js",
             "vendor/htmx/htmx.min.js")  # fmt: skip
    total = sum(len(gzip.compress((static / name).read_bytes(), 6)) for name in files)
    assert total < 75_000  # bytes over the line; leaves half of the promised 150 KB to the page itself


def test_the_npm_lock_names_no_download_address() -> None:
    assert '"resolved"' not in (ROOT / "assets" / "package-lock.json").read_text("utf-8")


def test_a_sentence_follows_the_reader_though_it_is_kept() -> None:
    from django.utils.translation import override

    from gongzhi.kit.components.speech import said

    with override("zh-hans"):
        assert said("今天") == "今天"
    with override("en"):
        english = said("今天")
        assert english != "今天" and said("今天") is english
    with override("zh-hans"):
        assert said("今天") == "今天"


#: An attribute whose value runs through a filter that makes a tag: the tag would end the attribute.
_TAG_IN_ATTRIBUTE = re.compile(r'[\w-]+="[^"<>]*\|(?:day|moment|until|left|ago)\b[^"<>]*"')


def test_no_moment_with_a_tag_stands_in_an_attribute() -> None:
    assert _TAG_IN_ATTRIBUTE.search(
        '<b aria-label="{% blocktranslate with day=d.on|day %}{% endblocktranslate %}">'
    )
    here = Path(__file__).resolve().parents[2]
    found = [
        f"{page.relative_to(here)}: {hit[0]}"
        for page in sorted(here.rglob("templates/**/*.html"))
        for hit in _TAG_IN_ATTRIBUTE.finditer(page.read_text())
        if not hit[0].startswith(("with=", "until=", "at="))
    ]
    assert found == []
