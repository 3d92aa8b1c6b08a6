"""Sources of suggestions: whatever knows something of a sample before, or beside, the model.

A `Source` gets raw samples and votes on their classes.  `FunctionSource` makes one of a person's
own function.  Nothing here imports torch or pandas before it is needed.

Examples
--------
>>> from dalt.core.classes import ClassSpec
>>> rules = FunctionSource(lambda text: "spam" if "prize" in text else None)
>>> rules.suggest(["Win a prize!"], TaskSaid((ClassSpec("spam"), ClassSpec("ham"))))
[{'spam': 1.0}]
"""

from dalt.suggesters.chat_source import ChatSource, chat
from dalt.suggesters.contract import Failures, Source, TaskSaid, Vote
from dalt.suggesters.function import FunctionSource
from dalt.suggesters.votes import vote_of

__all__ = [
    "ChatSource",
    "Failures",
    "FunctionSource",
    "Source",
    "TaskSaid",
    "Vote",
    "chat",
    "vote_of",
]
