"""The rows of the work-order room, one file per topic; the order itself and its tables are in ``orders``."""

from __future__ import annotations

from gongzhi.workorders.models.batches import Batch, BatchItem
from gongzhi.workorders.models.callouts import (
    Callout,
    CalloutKind,
    CalloutLimit,
    CalloutObject,
    CalloutOrder,
    Found,
)
from gongzhi.workorders.models.daycounts import DayCount
from gongzhi.workorders.models.devices import (
    Device,
    DeviceEvent,
    DeviceKind,
    DeviceNonce,
    Episode,
    EpisodeKind,
)
from gongzhi.workorders.models.emergencies import (
    Bulletin,
    Emergency,
    EmergencyKind,
    Hold,
    Receipt,
    Shelter,
    Shift,
    Supply,
)
from gongzhi.workorders.models.hooks import Event, Gathered, Hook, HookState, Miss
from gongzhi.workorders.models.issues import IssueGroups
from gongzhi.workorders.models.letters import LetterIn, LetterState
from gongzhi.workorders.models.open311 import Counterpart, Course, Peer, PeerKey, Scope
from gongzhi.workorders.models.operations import (
    Asking,
    Cap,
    Outside,
    Rating,
    Request,
    SignOff,
    Supervision,
    Visit,
)
from gongzhi.workorders.models.orders import (
    Appeal,
    Category,
    Channel,
    Hours,
    Import,
    Keyword,
    Lead,
    PromiseRule,
    Responsibility,
    TrainedModel,
    WorkOrder,
)
from gongzhi.workorders.models.pocket import Delivery
from gongzhi.workorders.models.police import (
    CallKind,
    DisputeCall,
    DutyDay,
    HandOver,
    HandOverState,
    Pair,
    Partner,
    PoliceCalls,
    TakenMessage,
    Way,
)
from gongzhi.workorders.models.sheets import Sheet, SheetBatch
from gongzhi.workorders.models.taxonomies import (
    AnswerKind,
    Change,
    CodeList,
    Correspondence,
    Edition,
    EditionState,
    OutsideCode,
    Question,
    What,
    Wording,
)
from gongzhi.workorders.models.tips import Tip, TipKind, TipOutcome, TipState

__all__ = ["AnswerKind", "Appeal", "Asking", "Batch", "BatchItem", "Bulletin", "CallKind", "Callout", "CalloutKind", "CalloutLimit", "CalloutObject", "CalloutOrder", "Cap", "Category", "Change", "Channel", "CodeList", "Correspondence", "Counterpart", "Course", "DayCount", "Delivery", "Device", "DeviceEvent", "DeviceKind", "DeviceNonce", "DisputeCall", "DutyDay", "Edition", "EditionState", "Emergency", "EmergencyKind", "Episode", "EpisodeKind", "Event", "Found", "Gathered", "HandOver", "HandOverState", "Hold", "Hook", "HookState", "Hours", "Import", "IssueGroups", "Keyword", "Lead", "LetterIn", "LetterState", "Miss", "Outside", "OutsideCode", "Pair", "Partner", "Peer", "PeerKey", "PoliceCalls", "PromiseRule", "Question", "Rating", "Receipt", "Request", "Responsibility", "Scope", "Sheet", "SheetBatch", "Shelter", "Shift", "SignOff", "Supervision", "Supply", "TakenMessage", "Tip", "TipKind", "TipOutcome", "TipState", "TrainedModel", "Visit", "Way", "What", "Wording", "WorkOrder"]  # fmt: skip
