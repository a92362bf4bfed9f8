"""The papers of each level: what they say, and how they are written."""

from cuntong_gis.documents.content import progress_paper
from cuntong_gis.documents.excel import write_paper, write_papers
from cuntong_gis.documents.lists import FORMS, Form, list_paper, ranking_paper, register_paper
from cuntong_gis.documents.paper import Paper, cut_off
from cuntong_gis.documents.screen import as_json, paper_rows, shown_columns

__all__ = [
    "FORMS",
    "Form",
    "Paper",
    "as_json",
    "cut_off",
    "list_paper",
    "paper_rows",
    "progress_paper",
    "ranking_paper",
    "register_paper",
    "shown_columns",
    "write_paper",
    "write_papers",
]
