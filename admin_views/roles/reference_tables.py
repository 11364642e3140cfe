"""Reference tables of the platform role: records of the registries' stand-ins, and exceptions of the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin_views.framework.audit import audit
from admin_views.framework.crud import CrudView
from admin_views.framework.importing import Importing
from models.audit import AuditEvent
from models.base import now
from models.notice import WorkdayOverride
from models.registry import EducationRecord, ExamRecord, InsuranceRecord
from rules import workdays
from rules.table_imports import IMPORTS


class Records(Importing):
    """Table of a registry, with import of rows and an audit line for each change."""

    import_label = '导入'
    empty_text = '库中还没有记录。可下载模板填好后导入，也可逐条新增。'

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """Write an audit line for the change."""
        audit(AuditEvent.REGISTRY, f'{self.name}：{"新增" if is_created else "修改"} {model}')

    def on_model_delete(self, model: Any) -> None:
        """Write an audit line for the deletion."""
        audit(AuditEvent.REGISTRY, f'{self.name}：删除 {model}')


class EducationRecords(Records):
    """学历证书库: records that 【获取】 in 教育经历 reads (手册 §2.1.4)."""

    of = EducationRecord
    noun = '学历证书'
    columns = ('name', 'id_number', 'certificate_number', 'school', 'left_on', 'schooling', 'subject')
    form_fields = details = IMPORTS['education_records'].names
    filters = ('schooling', 'study_form')
    searched = ('name', 'id_number', 'certificate_number')


class ExamRecords(Records):
    """考试成绩库: records that 【获取】 in 专业实践能力考试成绩 reads (手册 §2.1.7)."""

    of = ExamRecord
    noun = '考试成绩'
    columns = ('name', 'id_number', 'ticket', 'subject', 'score', 'started_on', 'place')
    form_fields = details = IMPORTS['exam_records'].names
    filters = ('subject',)
    searched = ('name', 'id_number', 'ticket')


class InsuranceRecords(Records):
    """参保信息库: the source of 现参保单位 (手册 §2.1.3)."""

    of = InsuranceRecord
    noun = '参保信息'
    columns = form_fields = details = IMPORTS['insurance_records'].names
    searched = ('name', 'id_number', 'employer', 'employer_code')


class Workdays(CrudView):
    """工作日调整: days on which the city works, or does not work, other than in the published calendar."""

    of = WorkdayOverride
    columns = form_fields = details = ('on', 'works', 'reason')
    order = (WorkdayOverride.on.desc(),)
    empty_text = '没有调整，按国务院办公厅公布的放假安排计算。'
    list_template = 'workdays.html'

    def list_context(self) -> Mapping[str, Any]:
        """Return the published holidays of this year and the next."""
        this = now().year
        return {'years': [workdays.year_said(year) for year in (this, this + 1)]}

    def on_model_change(self, form: Any, model: WorkdayOverride, is_created: bool) -> None:
        """Write an audit line for the change: the periods of public notices depend on it."""
        audit(AuditEvent.WORKDAY, f'{"新增" if is_created else "修改"} {model}')

    def on_model_delete(self, model: WorkdayOverride) -> None:
        """Write an audit line for the deletion."""
        audit(AuditEvent.WORKDAY, f'删除 {model}')
