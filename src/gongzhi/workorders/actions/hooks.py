"""Hooks: set one up, push to it, start again from an earlier event, send once more what was given up, take it away.

Pushing is claim, send, mark, as with messages: nothing is held while the other side thinks, and whoever is killed in
between leaves a claim that runs out; then the same event goes out again under the same id. A side that does not answer
is asked more and more seldom, and no more after some days. An event that it refuses is given up after some tries and
kept, so that it does not hold up those behind it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.journal.books import Change
from gongzhi.kit import clock, reaching
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound, SignInFirst
from gongzhi.kit.revision import bump
from gongzhi.people.actor import Person, person_for
from gongzhi.people.models import Account
from gongzhi.people.policies import require
from gongzhi.people.scopes import allows
from gongzhi.workorders.events import KINDS, id_of, key_of, signature, told
from gongzhi.workorders.models import Event, Hook, HookState, Miss
from gongzhi.workorders.queries.events import get_hook, hooks_of, newest, stretch

#: The book of what administrators did.
BOOK = "hooks"
#: A sender that has not marked for so long is taken for dead. Longer than one event may take.
CLAIM = timedelta(seconds=90)
#: Seconds until the next try, by the number of tries so far; the last one counts from then on.
BACKOFF = (5, 30, 120, 600, 1800, 3600)
#: A side that has not answered for so long is no longer asked.
LOST_AFTER = timedelta(days=5)
#: Tries after which an event that the other side refuses is given up.
MOST_TRIES = 5
#: Hooks of one account, and events that one job pushes before others get their turn.
MOST_HOOKS, MOST_AT_ONCE = 10, 100
#: Answers that are about the other side and not about the event.
_BUSY = frozenset({0, 401, 403, 404, 405, 407, 408, 423, 425, 429})


def _checked(address: str) -> str:
    address = address.strip()
    if len(address) > 500 or reaching.fault_of(address):
        sentence = _("请填写以 https:// 开头的网址，里面不要有用户名和密码。")
        raise Invalid(sentence, code="bad_address", fields={"address": [sentence]})
    return address


@transaction.atomic
def subscribe(
    name: str,
    address: str,
    *,
    kinds: Sequence[str] = (),
    division_id: int | None = None,
    token_id: int | None = None,
    by: Person,
    at: datetime,
) -> Hook:
    """A new hook of the actor's account, from now on. It ends with the key under which it was made, if any."""
    if by.account_id is None:
        raise SignInFirst
    if unknown := sorted(set(kinds) - set(KINDS)):
        sentence = _("没有这类事件：{kinds}。").format(kinds="、".join(unknown)[:80])
        raise Invalid(sentence, code="unknown_kind", fields={"kinds": [sentence]})
    address = _checked(address)
    # one after the other, so that two requests at once do not make an eleventh
    Account.objects.select_for_update().get(pk=by.account_id)
    if hooks_of(by).count() >= MOST_HOOKS:
        raise Conflict(_("最多 {most} 个推送，请先删掉一个。").format(most=MOST_HOOKS), code="too_many_hooks")
    bump("programs")
    return Hook.objects.create(
        account_id=by.account_id, token_id=token_id, name=name.strip()[:60], address=address,
        kinds=sorted(set(kinds)), division_id=division_id, since=at, done=newest(),
    )  # fmt: skip


@transaction.atomic
def switch(hook_id: int, *, on: bool, by: Person, at: datetime) -> Hook:
    """Push no longer, or again; what happened in between is then pushed too."""
    hook = _free(hook_id, by)
    hook.state, hook.fault = (HookState.ON, "") if on else (HookState.OFF, hook.fault)
    _afresh(hook)
    hook.save()
    if on:
        _nudge(hook.pk)
    return hook


@transaction.atomic
def renew(hook_id: int, *, seen: int, by: Person, at: datetime) -> Hook:
    """A new signing key instead of the old one. ``seen`` is the edition on the page: a second press makes no third key."""
    hook = _locked(hook_id, by)
    if hook.edition != seen:
        raise Conflict(_("密钥刚换过，请刷新页面。"), code="changed")
    hook.edition += 1
    hook.save(update_fields=["edition"])
    return hook


@transaction.atomic
def drop(hook_id: int, *, by: Person, at: datetime) -> None:
    """Take a hook away, with all that it remembers."""
    _locked(hook_id, by).delete()


@transaction.atomic
def replay(hook_id: int, after: int, *, by: Person, at: datetime) -> Hook:
    """Push again everything after an event; a hook that had stopped goes on."""
    hook = _free(hook_id, by)
    if not 0 <= after <= newest():
        sentence = _("没有这个位置。")
        raise Invalid(sentence, code="no_such_cursor", fields={"after": [sentence]})
    hook.done, hook.state, hook.fault = after, HookState.ON, ""
    _afresh(hook)
    hook.save()
    _nudge(hook.pk)
    return hook


@transaction.atomic
def _locked(hook_id: int, by: Person) -> Hook:
    get_hook(hook_id, by=by)
    return Hook.objects.select_for_update().get(pk=hook_id)


def _free(hook_id: int, by: Person) -> Hook:
    """The hook, locked. Conflict when an administrator has stopped it."""
    hook = _locked(hook_id, by)
    if hook.state == HookState.HELD:
        raise Conflict(_("管理员停了这个推送。"), help=_("需要恢复，请联系系统管理员。"), code="held")
    return hook


@transaction.atomic
def hold(hook_id: int, *, held: bool, by: Person, at: datetime) -> Hook:
    """An administrator stops anybody's hook, or gives it back to its owner, who decides whether it goes on."""
    require(by, "change_keys")
    book = books.open_book(BOOK, at=at)
    hook = Hook.objects.select_for_update().filter(pk=hook_id).first()
    if hook is None:
        raise NotFound(_("没有这个推送。"))
    before = hook.state
    if held != (before == HookState.HELD):
        hook.state = HookState.HELD if held else HookState.OFF
        _afresh(hook)
        hook.save()
        change = Change(str(hook.pk), {"state": before}, {"state": hook.state}, f"#{hook.pk}")
        books.note(book, change, by=by, at=at)
    return hook


def _afresh(hook: Hook) -> None:
    hook.tries = hook.event_tries = 0
    hook.failing_since = hook.next_at = None


def _nudge(hook_id: int) -> None:
    from gongzhi.workorders.jobs import nudge

    nudge(hook_id)


# ---- pushing


@transaction.atomic
def _claim(hook_id: int, at: datetime) -> tuple[Hook, list[Event], int] | None:
    """The hook for one round, what it is owed, and the place up to which it then has all. None: not its turn."""
    hook = Hook.objects.select_for_update(skip_locked=True).filter(pk=hook_id, state=HookState.ON).first()
    if hook is None or (hook.next_at is not None and hook.next_at > at):
        return None
    if hook.claimed_until is not None and hook.claimed_until > at:
        return None
    account = Account.objects.filter(pk=hook.account_id, is_active=True).first()
    key = hook.token
    good = key is None or (
        key.revoked_at is None and key.expires_at > at and allows(key.scopes, "events.push")
    )
    if account is None or not good:
        hook.state, hook.fault = HookState.VOID, "key"
        hook.save(update_fields=["state", "fault"])
        return None
    found = stretch(
        _not_forgotten(hook.done), by=person_for(account), kinds=tuple(hook.kinds), division_id=hook.division_id,
        size=MOST_AT_ONCE,
    )  # fmt: skip
    if not found.events:
        hook.done = found.cursor
        hook.save(update_fields=["done"])
        return (hook, [], found.cursor) if found.more else None
    hook.claimed_until = at + CLAIM
    hook.save(update_fields=["claimed_until"])
    return hook, found.events, found.cursor


def _not_forgotten(after: int) -> int:
    """From where a hook can go on that has slept for longer than events are kept."""
    first = Event.objects.order_by("pk").values_list("pk", flat=True).first()
    return max(after, first - 1) if first else after


def post(hook: Hook, event: Event, at: datetime) -> tuple[int, str, int | None]:
    """Send one event. (status, what went wrong as a word, seconds it asks us to wait); 200 and empty when it was taken."""
    body = json.dumps(told(event), ensure_ascii=False, separators=(",", ":")).encode()
    moment = int(at.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": id_of(event),
        "webhook-timestamp": str(moment),
        "webhook-signature": signature(key_of(hook), id_of(event), moment, body),
    }
    host = (urlsplit(hook.address).hostname or "").lower()
    try:
        reaching.ask(
            hook.address,
            body=body,
            headers=headers,
            public=host not in settings.HOOK_HOSTS,
            most=20_000,
        )
    except reaching.NotReached as fault:
        if fault.status == 409:  # they had it already
            return 200, "", None
        return fault.status, str(fault)[:60], fault.wait
    return 200, "", None


@transaction.atomic
def _mark(hook: Hook, event: Event, status: int, fault: str, wait: int | None, at: datetime) -> bool:
    """Keep what became of a try; whether the next event may follow."""
    row = Hook.objects.select_for_update().filter(pk=hook.pk).first()
    if row is None or row.state != HookState.ON or row.claimed_until != hook.claimed_until:
        return False  # taken away, stopped, or given to another sender meanwhile
    if row.done >= event.pk or row.done < hook.done:
        return False  # somebody has asked for another place
    refused = status not in _BUSY and 300 <= status < 500 and status != 410
    if not fault or (refused and row.event_tries + 1 >= MOST_TRIES):
        if fault:
            Miss.objects.get_or_create(hook=row, event=event, defaults={"at": at, "fault": fault})
        row.done, row.last_at = event.pk, at
        row.fault = "" if not fault else row.fault
        _afresh(row)
        hook.done, row.claimed_until = event.pk, at + CLAIM
        hook.claimed_until = row.claimed_until
        row.save()
        return True
    row.tries, row.fault, row.claimed_until = row.tries + 1, fault, None
    row.event_tries += refused
    row.failing_since = row.failing_since or at
    pause = max(BACKOFF[min(row.tries, len(BACKOFF)) - 1], wait or 0)
    row.next_at = at + timedelta(seconds=pause)
    if status == 410 or at - row.failing_since > LOST_AFTER:
        row.state, row.next_at = HookState.LOST, None
    row.save()
    return False


def push(hook_id: int, *, by: Actor, at: datetime) -> int:
    """Push what a hook is owed, in order; how many were taken. Call it outside of any transaction."""
    sent = 0
    while (claimed := _claim(hook_id, at)) is not None:
        hook, events, cursor = claimed
        for event in events:
            status, fault, wait = post(hook, event, clock.now())
            if not _mark(hook, event, status, fault, wait, clock.now()):
                return sent
            sent += not fault
        if events:
            _release(hook, cursor)
        at = clock.now()
        if sent >= MOST_AT_ONCE:
            _nudge(hook_id)
            break
    return sent


@transaction.atomic
def _release(hook: Hook, cursor: int) -> None:
    mine = Hook.objects.filter(pk=hook.pk, claimed_until=hook.claimed_until, done=hook.done)
    mine.update(claimed_until=None, done=cursor)


def resend(miss_id: int, *, by: Person, at: datetime) -> bool:
    """Send once more an event that was given up; it leaves the list when it is taken. Call it outside of a transaction."""
    with transaction.atomic():
        miss = Miss.objects.select_related("hook", "event__order").filter(pk=miss_id).first()
        if miss is None or miss.hook.account_id != by.account_id:
            raise NotFound
        if not stretch(miss.event_id - 1, by=by, size=1).events[:1] == [miss.event]:
            raise NotFound  # they may no longer see the order
    _status, fault, _wait = post(miss.hook, miss.event, at)
    with transaction.atomic():
        if fault:
            Miss.objects.filter(pk=miss.pk).update(fault=fault, at=at)
        else:
            Miss.objects.filter(pk=miss.pk).delete()
    return not fault
