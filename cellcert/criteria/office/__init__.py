"""An office spreadsheet becomes a criteria file, with what a person must decide."""
