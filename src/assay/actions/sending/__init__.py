"""`--submit`: what a command wrote goes on a branch of one's own, is pushed and proposed; whoever types it needs no git."""

from assay.actions.errand import Errand
from assay.actions.sending.send import carry_out, note

__all__ = ["Errand", "carry_out", "note"]
