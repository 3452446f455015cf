"""The components' Python half: moments in words, small marks as markup, drawings as SVG.

Marks that stand in every row of a list (chip, due, person …) are built here as strings, because a
template per mark would cost a list page of fifty rows tens of milliseconds. Larger components are
templates in ``templates/kit/parts``. Template names are given in ``gongzhi.kit.templatetags.kit``.
Nothing here knows a word of any trade: callers pass words, tones and moments.
"""
