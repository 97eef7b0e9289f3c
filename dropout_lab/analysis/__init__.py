"""Reading and judging a finished result: what the report, the trackers and the command line then show."""
