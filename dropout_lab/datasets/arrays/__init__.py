"""Arrays of the user: NumPy and HDF5 files to sequences, pictures, or a table."""
