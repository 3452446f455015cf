"""The papers of people's mediation as lists of blocks.

Sources: 人民调解法 (2010) art. 3, 4, 23, 24, 26–29, 31–33; the file covers and forms that the ministry of justice hands out for
people's mediation (文书格式及统计报表). The law's own words stand under “依据”; they are Simplified Chinese originals.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gongzhi.papers.layouts import Field, Fixed, Grid, Layout, Rows, Signs, Words

#: What the forms ask of a party.
_PERSON = (
    Field(_("姓名或名称"), "姓名"),
    Field(_("性别"), "性别"),
    Field(_("民族"), "民族"),
    Field(_("年龄"), "年龄"),
    Field(_("职业或职务"), "职业"),
    Field(_("联系方式"), "联系方式"),
    Field(_("证件"), "证件", wide=True),
    Field(_("住址"), "地址", wide=True),
    Field(_("代理人和依据"), "代理人", wide=True),
)
_SIGN_MEDIATOR = Field(_("人民调解员（签名）"), "调解员签名")
_SEAL = Field(_("人民调解委员会（印章）"), "印章")

APPLICATION = Layout(
    "mediation.application",
    _("人民调解申请书"),
    (
        Grid(_PERSON, _("申请人"), "申请人"),
        Grid(_PERSON, _("被申请人"), "被申请人"),
        Words(_("纠纷简要情况"), "事实", 7),
        Words(_("当事人申请事项"), "请求", 4),
        Fixed(
            _(
                "人民调解委员会已将申请人民调解的相关规定告知我，现自愿申请人民调解委员会进行调解。调解不收取任何费用。"
            )
        ),
        Signs((Field(_("申请人（签名、盖章或者按指印）"), "申请人签名"),)),
    ),
)
ACCEPTANCE = Layout(
    "mediation.acceptance",
    _("人民调解受理登记表"),
    (
        Grid((Field(_("登记编号"), "案号"), Field(_("登记时间"), "登记时间"), Field(_("案件来源"), "来源", picks=True),
              Field(_("移送单位"), "移送单位", wide=True), Field(_("纠纷类型"), "类型", picks=True),
              Field(_("涉港澳"), "跨境", picks=True))),
        Grid(_PERSON, _("当事人"), "当事人"),
        Words(_("纠纷简要情况"), "事实", 6),
        Grid((Field(_("受理时间"), "受理时间"), Field(_("调解员"), "调解员"), Field(_("处理情况"), "处理", wide=True))),
        Signs((Field(_("登记人（签名）"), "登记人签名"),)),
    ),
)  # fmt: skip
RIGHTS = Layout(
    "mediation.rights",
    _("人民调解权利义务告知书"),
    (
        Fixed(_("人民调解是人民调解委员会通过说服、疏导等方法，促使当事人在平等协商基础上自愿达成协议、解决民间纠纷的活动。调解不收取任何费用。")),
        Fixed(_("人民调解遵循下列原则（人民调解法第三条）："), (
            _("在当事人自愿、平等的基础上进行调解；"),
            _("不违背法律、法规和国家政策；"),
            _("尊重当事人的权利，不得因调解而阻止当事人依法通过仲裁、行政、司法等途径维护自己的权利。"),
        )),
        Fixed(_("在人民调解活动中，当事人享有下列权利（第二十三条）："), (
            _("选择或者接受人民调解员；"),
            _("接受调解、拒绝调解或者要求终止调解；"),
            _("要求调解公开进行或者不公开进行；"),
            _("自主表达意愿、自愿达成调解协议。"),
        )),
        Fixed(_("当事人履行下列义务（第二十四条）："), (
            _("如实陈述纠纷事实；"),
            _("遵守调解现场秩序，尊重人民调解员；"),
            _("尊重对方当事人行使权利。"),
        )),
        Fixed(_("达成的调解协议具有法律约束力，当事人应当按照约定履行（第三十一条）。双方认为有必要的，可以自协议生效之日起三十日内共同向人民法院申请司法确认（第三十三条）。就协议的履行或者内容发生争议的，可以向人民法院提起诉讼（第三十二条）。")),
        Grid((Field(_("当事人"), "当事人"), Field(_("告知方式"), "告知方式"), Field(_("告知时间"), "告知时间", wide=True))),
        Signs((Field(_("当事人（签名、盖章或者按指印）"), "当事人签名"), Field(_("告知人（签名）"), "告知人签名"))),
    ),
)  # fmt: skip
_SITTING = (
    Grid((Field(_("时间"), "时间"), Field(_("地点"), "地点"), Field(_("调解员"), "调解员"), Field(_("记录人"), "记录人"),
          Field(_("方式"), "方式", picks=True), Field(_("参加人"), "参加人", wide=True), Field(_("旁听、翻译"), "旁听", wide=True))),
)  # fmt: skip
SESSION = Layout(
    "mediation.session",
    _("人民调解记录"),
    (
        *_SITTING,
        Words(_("调解记录"), "记录", 12),
        Signs((Field(_("当事人（签名、盖章或者按指印）"), "当事人签名"), _SIGN_MEDIATOR, Field(_("记录人（签名）"), "记录人签名"))),
    ),
)  # fmt: skip
INQUIRY = Layout(
    "mediation.inquiry",
    _("人民调解调查记录"),
    (
        Grid((Field(_("时间"), "时间"), Field(_("地点"), "地点"), Field(_("调查人"), "调解员"), Field(_("记录人"), "记录人"),
              Field(_("被调查人"), "参加人", wide=True))),
        Words(_("调查内容"), "记录", 12),
        Signs((Field(_("被调查人（签名、盖章或者按指印）"), "当事人签名"), Field(_("调查人（签名）"), "调解员签名"))),
    ),
)  # fmt: skip
_CLAUSES = Rows(
    "条款",
    (Field(_("序号"), "序号"), Field(_("内容"), "内容"), Field(_("谁来做"), "履行人"), Field(_("履行方式"), "方式"), Field(_("期限"), "期限"),
     Field(_("金额"), "金额")),
    _("达成协议内容、履行方式、期限"),
)  # fmt: skip
AGREEMENT = Layout(
    "mediation.agreement",
    _("人民调解协议书"),
    (
        Grid(_PERSON, _("当事人"), "当事人"),
        Words(_("纠纷主要事实、争议事项"), "事实", 5),
        Words(_("各方当事人的责任"), "责任", 3),
        Fixed(_("经调解，各方自愿达成如下协议：")),
        _CLAUSES,
        Words(_("其他约定"), "其他约定", 1),
        Fixed(_("本协议自各方当事人签名、盖章或者按指印，人民调解员签名并加盖人民调解委员会印章之日起生效。协议一式若干份，当事人各执一份，人民调解委员会留存一份。")),
        Grid((Field(_("第几版"), "版本"), Field(_("份数"), "份数"), Field(_("所签文本的摘要"), "协议摘要", wide=True),
              Field(_("生效日期"), "生效日期"), Field(_("共同申请司法确认的最后一天"), "确认期限"))),
        Signs((Field(_("当事人（签名、盖章或者按指印）"), "当事人签名"),), "签名人"),
        Signs((_SIGN_MEDIATOR, _SEAL)),
    ),
)  # fmt: skip
ORAL = Layout(
    "mediation.oral",
    _("人民调解口头协议登记表"),
    (
        Grid(_PERSON, _("当事人"), "当事人"),
        Words(_("纠纷主要事实、争议事项"), "事实", 4),
        _CLAUSES,
        Grid((Field(_("达成日期"), "生效日期"), Field(_("调解员"), "调解员"))),
        Fixed(_("当事人认为无需制作调解协议书的，可以采取口头协议方式，人民调解员应当记录协议内容（第二十八条）。口头协议自各方当事人达成协议之日起生效（第三十条）。")),
        Signs((Field(_("登记人（签名）"), "登记人签名"),)),
    ),
)  # fmt: skip
PERFORMANCE = Layout(
    "mediation.performance",
    _("人民调解协议履行凭证"),
    (
        Grid((Field(_("纠纷"), "卷名", wide=True), Field(_("协议生效日期"), "生效日期"), Field(_("版本"), "版本"))),
        Rows("履行", (Field(_("序号"), "序号"), Field(_("内容"), "内容"), Field(_("期限"), "期限"), Field(_("履行日期"), "履行日期"),
                    Field(_("金额"), "金额")), _("履行情况")),
        Signs((Field(_("履行方（签名）"), "履行方签名"), Field(_("收受方（签名）"), "收受方签名"), Field(_("见证人（签名）"), "见证人签名"))),
    ),
)  # fmt: skip
VISIT = Layout(
    "mediation.visit",
    _("人民调解回访记录"),
    (
        Grid((Field(_("当事人"), "各方", wide=True), Field(_("回访时间"), "回访时间"), Field(_("回访人"), "回访人"),
              Field(_("协议履行情况"), "履行", picks=True), Field(_("当事人满意程度"), "满意", picks=True),
              Field(_("有没有激化迹象"), "激化", picks=True))),
        Words(_("回访情况"), "记录", 8),
        Signs((Field(_("回访人（签名）"), "回访人签名"),)),
    ),
)  # fmt: skip
CONFIRMATION = Layout(
    "mediation.confirmation",
    _("司法确认申请书"),
    (
        Grid(_PERSON, _("申请人"), "当事人"),
        Words(_("请求事项"), "请求", 2),
        Words(_("事实和理由"), "事实", 5),
        _CLAUSES,
        Fixed(_("申请人承诺："), (
            _("达成协议是双方自愿，没有恶意串通、规避法律，也不损害国家利益、社会公共利益和他人合法权益；"),
            _("愿意提供与协议有关的证明材料，并对其真实性负责；"),
            _("确认有效后一方拒绝履行或者未全部履行的，对方可以向人民法院申请强制执行（人民调解法第三十三条）。"),
        )),
        Grid((Field(_("协议生效日期"), "生效日期"), Field(_("最后一天"), "确认期限"), Field(_("受理法院"), "法院", wide=True))),
        Signs((Field(_("申请人（签名、盖章或者按指印）"), "当事人签名"),), "签名人"),
    ),
)  # fmt: skip
COVER = Layout(
    "mediation.cover",
    _("人民调解卷宗"),
    (
        Grid((Field(_("卷名"), "卷名", wide=True), Field(_("卷号"), "卷号", wide=True), Field(_("人民调解员"), "调解员", wide=True),
              Field(_("调解日期"), "调解日期", wide=True), Field(_("调解结果"), "结果", wide=True), Field(_("立卷人"), "立卷人", wide=True),
              Field(_("立卷日期"), "立卷日期", wide=True), Field(_("保管期限"), "保管期限", wide=True), Field(_("备注"), "备注", wide=True))),
    ),
)  # fmt: skip
CONTENTS = Layout(
    "mediation.contents",
    _("卷内目录"),
    (
        Grid((Field(_("卷名"), "卷名", wide=True), Field(_("卷号"), "卷号", wide=True))),
        Rows("目录", (Field(_("序号"), "序号"), Field(_("文书名称"), "名称"), Field(_("要求"), "要求"), Field(_("有无"), "有无"),
                    Field(_("备注"), "备注"))),
    ),
)  # fmt: skip

LAYOUTS = (
    APPLICATION, ACCEPTANCE, RIGHTS, SESSION, INQUIRY, AGREEMENT, ORAL, PERFORMANCE, VISIT, CONFIRMATION, COVER, CONTENTS,
)  # fmt: skip
