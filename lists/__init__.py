"""Lists of people: a file in any format becomes numbered rows, and each row an identifier or a reason why not.

    A file is added    forms (what the user is asked), uploads (how it is stored), models (what is kept of it)
    It becomes rows    tables, by way of text and delimited (text files) or spreadsheets and spreadsheet_process
    Its columns        detection, headers and columns (what they hold), first_rows (what the user sees of them)
    A row is read      lines, by way of cleaning, fragments, identifiers, suggestions and mail_domains
    What goes wrong    file_problems (with the file), lines (with one line)
    What comes back    kept_cells (cells to show again), csv_out (files to download)

Nothing here knows what a list is for: rewards, subscribers or exclusions.
"""
