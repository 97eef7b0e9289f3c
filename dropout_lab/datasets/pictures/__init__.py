"""Folders of pictures -> a data set."""
