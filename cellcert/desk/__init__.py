"""What each person finds on coming in: the home pages, the list of cases, one case, the audit trail."""
