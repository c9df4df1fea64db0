"""A clone and its project's files: init, install, doctor, upgrade, merge driver, states in which git stops."""
