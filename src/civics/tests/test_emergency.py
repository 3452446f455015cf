"""Sentences that must raise the alarm, sentences that must not, and what a broken table says."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from civics.emergency import EmergencyRow, emergency_in, read_rows

SEED = Path(__file__).parents[2] / "gongzhi" / "workorders" / "seeds" / "emergencies.csv"


@pytest.fixture(scope="module")
def rows() -> tuple[EmergencyRow, ...]:
    with SEED.open(encoding="utf-8", newline="") as file:
        return read_rows(csv.DictReader(file))


ALARMS = [
    ("119", "快来人，3 栋 502 着火了"),
    ("119", "楼下电动车起火，火势很大"),
    ("119", "隔壁单元窗户冒浓烟，楼里都是烟味"),
    ("119", "厨房煤气泄漏，味道很大"),
    ("119", "楼道里一股煤气味，头都晕了"),
    ("119", "我家老人被困在电梯里半个小时了"),
    ("119", "有個細路仔被困𨋢入面"),
    ("119", "海边有人溺水，快救人"),
    ("119", "有小孩掉进井里了"),
    ("119", "围墙倒塌，下面压着人"),
    ("119", "充电棚刚才爆炸了，声音很大"),
    ("119", "樓上失火，好大煙"),
    ("119", "仓库起火，希望快点派人来"),
    ("119", "好怕，楼下着火了"),
    ("119", "孩子的头卡住了，夹住在栏杆里，手也动不了"),
    ("120", "有个老伯在菜市场门口晕倒了"),
    ("120", "我爸突然昏迷，叫不醒"),
    ("120", "工人从架子上摔下来，流血不止"),
    ("120", "我老婆羊水破了，怎么办"),
    ("120", "师傅触电了，躺在地上"),
    ("120", "帮我叫救护车，海棠苑 2 栋"),
    ("120", "孩子吃糖噎住了，脸都紫了"),
    ("120", "路口电动车撞了老人，头上流血"),
    ("120", "阿婆晕低咗喺巴士站"),
    ("120", "爬山被蛇咬，骨折了站不起来，腿肿了"),
    ("110", "天台上有个年轻人要跳楼"),
    ("110", "我不想活了"),
    ("110", "烧烤店门口有人打架，还拿着刀"),
    ("110", "我刚刚被抢了，包没了"),
    ("110", "昨天晚上我的电动车被偷了"),
    ("110", "家里被入室盗窃，抽屉都翻乱了"),
    ("110", "我妈被骗，转了三万块给对方"),
    ("110", "老伴走丢了，找了一下午"),
    ("110", "我三岁的孩子在夜市不见了"),
    ("110", "男的在楼下打老婆，叫得很惨"),
    ("110", "有人在公厕吸毒，地上有针管"),
    ("110", "出租屋里有人聚众赌博"),
    ("110", "公交车上有人猥亵女孩"),
    ("110", "他发短信威胁要杀我全家"),
    ("110", "请马上帮我报警，有人堵在门口"),
]

CALM = [
    "消防通道被私家车占了，救护车进不来小区",
    "电动车进楼充电，万一着火怎么办",
    "楼道堆满纸皮，容易起火，请清理",
    "希望增设灭火器，预防火灾",
    "小区存在火灾隐患，消防栓没有水",
    "火锅店油烟很大，熏得受不了",
    "火车站方向的公交太少了",
    "夜市烧烤冒黑烟，影响楼上居民",
    "凌晨有人放烟花，吓得以为爆炸了，鞭炮声不断",
    "电梯经常坏，担心老人被困在里面",
    "井盖松了，怕有人掉进井里",
    "路面湿滑，老人差点摔倒骨折",
    "去年楼上着火，到现在外墙没有修",
    "感谢网格员，上次老人晕倒多亏她帮忙",
    "想咨询工伤认定，我上个月从架子上摔下来骨折了",
    "工厂偷排污水到河涌",
    "渣土车半夜偷倒余泥",
    "这个工程偷工减料",
    "希望多巡逻，最近担心小偷",
    "社区能不能办一次防诈骗讲座",
    "收到诈骗短信，提醒大家注意",
    "楼上老是敲墙，睡觉被打断",
    "邻居天天吵架，想请调解员",
    "两只流浪狗打架，吵得睡不着",
    "快递不见了，驿站说没收到",
    "我的猫走丢了，能不能调监控",
    "车位被偷占，停车没位置",
    "开通燃气要带什么材料",
    "燃气费比上个月多了一倍",
    "门口的树倒了，压到护栏，没有人受伤",
    "广场舞声音太大",
    "路灯不亮，晚上黑漆漆的容易撞到人",
    "医院急诊排队太久",
    "疫苗接种点几点开门",
    "学校门口接送车辆太多，孩子过马路危险",
    "救护车通道被单车堵住了",
    "社区组织了消防演练，讲得很好",
    "为困难老人申请临时救助",
    "手机信号不好，家里打不出电话",
    "网格员帮我找回走失的老人，谢谢",
    "停车场道闸坏了，不是第一次",
    "这家店生意火爆，排队占了人行道",
    "噪音困扰我们半年了",
]


@pytest.mark.parametrize(("number", "text"), ALARMS)
def test_an_emergency_is_told_so_at_once(number, text, rows):
    found = emergency_in(text, rows)
    assert found is not None, text
    assert found[0] == number
    assert found[0] in found[1] or found[1]
    assert found[2] in text


@pytest.mark.parametrize("text", CALM)
def test_an_ordinary_report_is_not_sent_away(text, rows):
    assert emergency_in(text, rows) is None


def test_a_later_clause_can_still_raise_the_alarm(rows):
    assert emergency_in("担心这里会着火。现在真的着火了！", rows) is not None


def test_every_alarm_names_a_number_people_know(rows):
    assert {row.number for row in rows if row.kind == "alarm"} == {"110", "119", "120"}
    assert all(row.number in row.sentence for row in rows if row.kind == "alarm")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"kind": "warn", "number": "110", "pattern": "打架", "sentence": "x"}, "unknown kind"),
        ({"kind": "alarm", "number": "110", "pattern": "打架&", "sentence": "x"}, "empty"),
        ({"kind": "alarm", "number": "", "pattern": "打架", "sentence": "x"}, "needs a number"),
    ],
)
def test_a_broken_row_is_named(row, words):
    with pytest.raises(ValueError, match=f"row 1.*{words}"):
        read_rows([row])


def test_no_rows_no_alarm():
    assert emergency_in("着火了", ()) is None
