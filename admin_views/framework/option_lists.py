"""Choices that a field names in ``choices_from`` and that depend on nothing else, with the words for each."""

from __future__ import annotations

from collections.abc import Mapping

from models.application import Stage
from pdf_templates.reports import APPLICATION, REPORTS, WORDINGS
from rules import access, materials, opinion_templates

NAMED_OPTIONS: Mapping[str, Mapping[str, str]] = {
    'opinion_field': opinion_templates.FIELDS,
    'material_rule': {name: words for name, (words, _test) in materials.RULES.items()},
    'material_stage': {stage: Stage(stage).label for stage in access.HANDED_IN_BY},
    'material_report': {
        code: report.title for code, report in REPORTS.items() if report.subject is APPLICATION and not report.asks
    },
    'wording': WORDINGS,
}
