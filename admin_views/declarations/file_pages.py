"""Materials and papers of one declaration as one view, so that both stand under ``/files/``."""

from __future__ import annotations

from admin_views.declarations.materials import MaterialPages
from admin_views.declarations.papers import PaperPages


class Files(MaterialPages, PaperPages):
    """Pages of 材料 and 报表列表 under one endpoint."""
