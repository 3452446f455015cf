"""超级工单, the super work order: report, dispatch, handle, answer, check, rate, close or reopen.

Our words: work order, category, responsibility, promise rule, suggestion, candidate, rating; request, supervision,
sign-off, return visit, part, batch; callout, hand-over, pair, tip, emergency.
Not here: disputes, motions and projects. A work order that turns out to be one of them leads to a matter of that
kind; the link is kept.
"""
