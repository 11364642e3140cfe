"""维护管理: the contacts that public notices name, and the wordings that reviewers choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_login import current_user

from admin_views.framework.crud import CrudView
from admin_views.framework.list_parts import Column
from models.employer import NoticeContact, OpinionTemplate
from rules import opinion_templates


class NoticeContacts(CrudView):
    """公示联系人: contacts, of which the newest is proposed when a list is printed."""

    of = NoticeContact
    columns = ('contact', 'phone', 'postcode')
    form_fields = details = ('contact', 'phone', 'postcode')
    empty_text = '还没有公示联系人。新增后，打印公示名单时自动填入最近新增的一位；没有时填入单位信息中的联系人。'

    def on_model_change(self, form: Any, model: NoticeContact, is_created: bool) -> None:
        """Set the visitor's employer on a new contact."""
        if is_created:
            model.employer_id = current_user.employer_id


def _used_for(row: OpinionTemplate) -> str:
    """Return the label of the field that the wording is for."""
    return opinion_templates.FIELDS.get(row.field, row.field)


class OpinionTemplates(CrudView):
    """意见模板: wordings with placeholders, offered at the field that they are for."""

    of = OpinionTemplate
    columns = ('name', Column('used_for', '用于', _used_for), 'body')
    form_fields = ('field', 'name', 'body')
    details = (Column('field', '用于', _used_for), 'name', 'body')
    searched = ('name', 'body')
    order: Sequence[Any] = (OpinionTemplate.field, OpinionTemplate.id)
    empty_text = '还没有意见模板。新增后，审核时可在对应意见栏「套用意见」。'

    def scaffold_form(self) -> Any:
        """Describe the placeholders below the field of the wording."""
        made: Any = super().scaffold_form()
        made.body.kwargs['description'] = f'可用占位符：{opinion_templates.PLACEHOLDERS}，套用时换成申报人自己的内容'
        return made

    def validate_form(self, form: Any) -> bool:
        """Refuse a wording with an unknown placeholder or an unknown field."""
        if not super().validate_form(form):
            return False
        problem = opinion_templates.find_template_problem(form.body.data)
        if problem:
            form.body.errors = [problem]
        if form.field.data not in opinion_templates.FIELDS:
            form.field.errors = ['请选择用于哪一栏']
        return not form.errors

    def on_model_change(self, form: Any, model: OpinionTemplate, is_created: bool) -> None:
        """Set the visitor's employer on a new wording."""
        if is_created:
            model.employer_id = current_user.employer_id
