"""Rounds of work: handed out, moved, widened where votes disagree, closed."""

from assay.actions.rounds.close import close_round
from assay.actions.rounds.create import RoundOrder, plan_round, write_round
from assay.actions.rounds.escalate import escalate_round
from assay.actions.rounds.listing import list_rounds
from assay.actions.rounds.reassign import reassign_round
from assay.actions.rounds.reopen import reopen_round

__all__ = [
    "RoundOrder",
    "close_round",
    "escalate_round",
    "list_rounds",
    "plan_round",
    "reassign_round",
    "reopen_round",
    "write_round",
]
