"""What the invented town's mediators gave to others: topics for deliberation, and stories of settled cases. Written anew, as the
room asks; played through its actions."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gongzhi.kit.acting import acting
from gongzhi.matters.actions import offering as taking
from gongzhi.mediation.actions import offering
from gongzhi.mediation.actions.offering import Release
from gongzhi.mediation.models import Case, Check, Outcome, Party
from gongzhi.mediation.queries.telltales import hits
from gongzhi.people.actor import Person, person_for
from gongzhi.people.models import Post
from gongzhi.people.roles import Role

#: subject → title and story.
STORIES = {
    "neighbours": (
        "练琴和作息，能不能都顾上",
        "两家住得近，一家的孩子要练琴，另一家的老人睡得早，敲门敲出了火气，见面都不说话。调解员没有急着请两家坐到一起，先分别听："
        "原来难处不在琴，在谁也没有问过对方几点休息。第二次坐下来，两家把各自的作息写在一张纸上，一对照，能练琴的时间其实不少。"
        "后来约定了练琴的时段，周末另算，考级前提前打个招呼；又铺了地垫，费用各出一半。过了一个季度回访，老人说，现在听不见琴声倒会问一句孩子怎么了。",
    ),
    "property": (
        "先修好，还是先交费",
        "电梯常坏，业主不肯交费；费收不上来，物业说修不起。两边说的都是实情，谁先走一步谁觉得吃亏。调解员请懂电梯的人来看了一次，"
        "把要修的分成急的和不急的，急的当月修，不急的排进半年计划。欠的费用分几次补，修一项、签收一项、交一部分。"
        "协议里写明每一步由谁做、什么时候做完、做完给谁看。半年后都履行了，电梯的检修记录也贴在了公告栏上。",
    ),
    "family": (
        "照顾老人，不能只算一笔账",
        "几个子女为照顾母亲的事争了很久，各有各的难处：有人出钱多，有人出力多，谁都觉得自己亏。调解员先不谈钱，请每个人说一说一星期里能腾出哪些时间。"
        "写下来以后才发现，能照顾的时间凑在一起是够的，只是从前没有人排过。于是排了轮值表，请不到假的人多分担费用，看病的大额开支另外商量。"
        "母亲也在场，她说的一句话写进了协议的开头：希望逢年过节还能坐一桌吃饭。",
    ),
    "housing": (
        "漏水的官司，从一张照片谈起",
        "一家的天花板发霉，认定是上面漏的；另一家检查过，说自己没有漏。双方都拍了照片，越看越像对方的错。调解员请他们一起选了一位师傅来做闭水试验，"
        "费用先各垫一半，查出是谁的由谁承担。结果是老房子的公共管道接口松了，两家都没有错。最后由物业修管道，吊顶的损失按约定分担。"
        "事情过后，两家把师傅的电话也给了同一单元的邻居。",
    ),
}  # fmt: skip
TOPICS = (
    ("neighbours", "练琴、健身、装修，几点以后要安静",
     "为声音起争执的不少，道理上谁都对，缺的是一个大家都认的时间。建议请居民商量一份安静时段的约定：平时、周末、考试前分别怎么定，装修怎么提前告知。",
     "请社区议事会列入下一次会议，先发问卷听意见。", "议事会通过了安静约定，贴在各楼门厅，三个月后再看效果。"),
    ("property", "收费和维修的账，怎样让人看得明白",
     "不少矛盾的起因是看不到钱花在哪里。建议商量一种公开的办法：哪些项目、多久公布一次、公布在哪里、有疑问问谁。", "由街道牵头，和几家物业先试一个季度。", ""),
    ("family", "接送孩子和照顾老人的时间，邻里能不能搭把手",
     "家里人手不够时容易吵起来。建议商量邻里互助的办法：谁能帮、帮什么、怎么记、怎么放心。", "", ""),
)  # fmt: skip


def give(at: datetime) -> tuple[int, int]:
    """(stories, topics) that were given."""
    told: set[str] = set()
    proposed: set[str] = set()
    topics = {row[0]: row for row in TOPICS}
    leader = Post.objects.filter(role=Role.LEADER).select_related("account").order_by("pk").first()
    clerks = Post.objects.filter(role=Role.CASE_CLERK).select_related("account").order_by("pk")
    for post in clerks:
        who = person_for(post.account)
        with acting(who), transaction.atomic():
            cases = list(
                Case.objects.filter(
                    committee_id=post.organisation_id, state="filed", mediator__isnull=False, tally__outcome__in=(Outcome.WRITTEN, Outcome.ORAL), erased_at=None
                ).select_related("matter", "committee", "mediator").order_by("pk")
            )  # fmt: skip
        for case in cases:
            if case.subject in STORIES and case.subject not in told and _story(case, who, at):
                told.add(case.subject)
            if case.subject in topics and case.subject not in proposed:
                _topic(case, topics[case.subject], person_for(leader.account) if leader else None, at)
                proposed.add(case.subject)
    return len(told), len(proposed)


def _story(case: Case, clerk: Person, at: datetime) -> bool:
    title, text = STORIES[case.subject]
    if case.mediator is None:
        return False
    mediator = person_for(case.mediator)
    with acting(clerk), transaction.atomic():
        found = hits(case, title, text)
        if any(hit.whole for hit in found):
            return False
        numbers = tuple(Party.objects.filter(case=case).values_list("number", flat=True))
    with acting(mediator), transaction.atomic():
        row = offering.write_story(case.pk, title=title, text=text, by=mediator, at=at)
    said = Release(
        Check.values, "consent", numbers, at.date(), "回访时当面说明，各方签了同意书",
        explained="都是常用字，和本案的人无关。" if found else "",
    )  # fmt: skip
    with acting(clerk), transaction.atomic():
        offering.release_story(case.pk, said, offered_id=row.pk, by=clerk, at=at)
    return True


def _topic(case: Case, topic: tuple[str, ...], leader: Person | None, at: datetime) -> None:
    _subject, title, text, answer, outcome = topic
    if case.mediator is None:
        return
    mediator = person_for(case.mediator)
    with acting(mediator), transaction.atomic():
        row = offering.offer_topic(
            case.pk, title=title, text=text, explained="都是常用字，和本案的人无关。", by=mediator, at=at
        )
    if leader is None or row.offer_id is None or not answer:
        return
    with acting(leader), transaction.atomic():
        taking.take_up(row.offer_id, text=answer, by=leader, at=at)
        if outcome:
            taking.note_outcome(row.offer_id, text=outcome, by=leader, at=at)
