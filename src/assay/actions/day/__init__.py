"""The annotator's day in git: what is mine, begin a batch, hand it in."""

from assay.actions.day.start import StartWish, fetch_now, start
from assay.actions.day.submit import SubmitWish, submit
from assay.actions.day.todo import todo
from assay.actions.day.unmerged import unmerged_answers
from assay.actions.day.waiting import unasked_in

__all__ = ["StartWish", "SubmitWish", "fetch_now", "start", "submit", "todo", "unasked_in", "unmerged_answers"]
