"""The state of a project: its work tree, a commit, or the merge of two commits; and what lies between two commits."""
