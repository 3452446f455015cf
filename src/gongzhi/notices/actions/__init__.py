"""What can be done with messages: write them, send them, choose about them, forget them. One file for each."""

from gongzhi.notices.actions.choosing import (
    add_outlet,
    choose,
    drop_outlet,
    follow,
    read_all,
    set_hours,
    start_again,
    stop,
    stop_address,
    told_follower,
    unfollow,
)
from gongzhi.notices.actions.delivering import deliver, gather, receipt
from gongzhi.notices.actions.forgetting import forget_person, forget_sent
from gongzhi.notices.actions.writing import reachable, send, tell

__all__ = [
    "add_outlet",
    "choose",
    "deliver",
    "drop_outlet",
    "follow",
    "forget_person",
    "forget_sent",
    "gather",
    "reachable",
    "read_all",
    "receipt",
    "send",
    "set_hours",
    "start_again",
    "stop",
    "stop_address",
    "tell",
    "told_follower",
    "unfollow",
]
