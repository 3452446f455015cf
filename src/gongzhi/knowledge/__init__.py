"""问答库, the knowledge base: questions residents ask, their answers in plain words, and when somebody last looked.

Our words: article (a question with its answer), way of asking, version, stale, still true, likely answer.
Not here: who is owed an answer. That is a matter; its room asks us for likely answers and writes its own.
"""
