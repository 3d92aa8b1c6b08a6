"""Sources of suggestions: whatever knows something of a sample before, or beside, the model.

A `Source` gets raw samples and votes on their classes.  `FunctionSource` makes one of a person's
own function, `chat` of a language model behind a server, `names` of what the classes are called;
`read_votes` reads predictions that are there already.  Nothing here imports torch or pandas
before it is needed.

Examples
--------
>>> from dalt.core.classes import ClassSpec
>>> rules = FunctionSource(lambda text: "spam" if "prize" in text else None)
>>> rules.suggest(["Win a prize!"], TaskSaid((ClassSpec("spam"), ClassSpec("ham"))))
[{'spam': 1.0}]
"""

from dalt.suggesters.chat_source import ChatSource, chat
from dalt.suggesters.contract import Failures, Source, TaskSaid, Vote
from dalt.suggesters.files import ReadVotes, read_votes
from dalt.suggesters.function import FunctionSource
from dalt.suggesters.name_source import NamesSource, names
from dalt.suggesters.votes import vote_of

__all__ = [
    "ChatSource",
    "Failures",
    "FunctionSource",
    "NamesSource",
    "ReadVotes",
    "Source",
    "TaskSaid",
    "Vote",
    "chat",
    "names",
    "read_votes",
    "vote_of",
]
