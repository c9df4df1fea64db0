"""A reviewer's work: the report on a pull request, its verdict, approvals, answers sent back."""
