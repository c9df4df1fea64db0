"""An annotator's work: what is mine to do, start, label on the page or in a sheet, check, submit, propose."""
