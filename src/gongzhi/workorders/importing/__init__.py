"""Files of orders: reading them, mapping their columns, drafting and taking in their rows.

``files`` opens CSV and XLSX, ``maps`` knows which column is what (``../presets``), ``rows`` makes a draft of a row or
says in one sentence why not, ``near`` compares rows with what is there, ``run`` does a whole file. What is written
stands in ``actions.importing``.
"""
