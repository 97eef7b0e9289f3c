"""Tables of the user: CSV, Parquet, NumPy, OpenML and DataFrames to features and targets."""
