"""Award letters (认定文件): the awards of a batch in one numbered letter, and all its certificates in one press."""
