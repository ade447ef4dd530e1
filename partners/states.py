"""The moves of a merge and of a concern."""

from partners.models import Concern, Merge
from pwp.states import Table

MERGE: Table = {Merge.State.DONE: {Merge.State.UNDONE}, Merge.State.UNDONE: set()}
CONCERN: Table = {Concern.State.OPEN: {Concern.State.CLOSED}, Concern.State.CLOSED: {Concern.State.OPEN}}
