"""Sources of choices, which a field names in ``choices_from``."""

from __future__ import annotations

from collections.abc import Mapping

from models.application import Stage
from pdf_templates.reports import APPLICATION_SUBJECT, REPORTS, WORDINGS
from rules import access, choice_sources, materials, opinion_templates

Labels = Mapping[str, str]
"""Labels by stored value."""

CHOICE_SOURCES: Mapping[str, Labels | choice_sources.Offered] = {
    'opinion_field': opinion_templates.FIELDS,
    'material_rule': {name: words for name, (words, _test) in materials.MATERIAL_RULES.items()},
    'material_stage': {stage: Stage(stage).label for stage in access.HANDED_IN_BY},
    'material_report': {
        code: report.title
        for code, report in REPORTS.items()
        if report.subject is APPLICATION_SUBJECT and not report.asks
    },
    'wording': WORDINGS,
    **{step: choice_sources.narrowing(step) for step in choice_sources.STEPS},
    'employer': choice_sources.employer_choices,
}
"""Every source by name: fixed labels, or a function of the declaration and of what is chosen in its form."""


def fixed_labels(source: str) -> Labels | None:
    """Return the labels of a source that are always the same; None for no source and for one that is a function."""
    found = CHOICE_SOURCES[source] if source else None
    return found if isinstance(found, Mapping) else None


def offered_by(source: str) -> choice_sources.Offered | None:
    """Return the function of a source that depends on a declaration; None for no source and for fixed labels."""
    found = CHOICE_SOURCES[source] if source else None
    return None if isinstance(found, Mapping) else found
