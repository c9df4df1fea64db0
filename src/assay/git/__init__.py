"""Everything that is asked of git, and the state of a project: a work tree, a commit, or a merge result."""
