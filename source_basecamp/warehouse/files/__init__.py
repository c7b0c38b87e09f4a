"""The bytes of the files that the tables list, in a folder."""
