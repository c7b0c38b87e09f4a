"""A report on the account, one HTML file to look at and to mail, made from the views that a sync left.

It asks for nothing but rows (`contents.Rows`), and knows no database. Every number is one of the views, or a sum, a
count, a median of theirs: what the report says can be asked again in SQL.
"""
