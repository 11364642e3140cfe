"""WTForms forms made of declared fields: this module alone makes a control of a Field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import zip_longest
from types import MappingProxyType
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    DecimalField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import Field as Control
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.utils import unset_value
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from models.base import LARGEST_WHOLE
from models.fields import Field, Kind
from rules import remarks, richtext, validators

Choices = Mapping[str, Mapping[str, str]]
"""Choices by field name, for fields whose choices depend on the declaration or on another table."""


class BaseForm(FlaskForm):
    """Form without a CSRF token field of its own: CSRFProtect checks the token of every request."""

    class Meta:
        csrf = False


class MoneyField(DecimalField):
    """Amount typed in yuan and stored in fen."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return '' if self.data is None else f'{self.data / 100:.2f}'

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return  # not sent: the stored value is in fen already
        super().process_formdata(valuelist)
        if self.data is None:
            return
        typed, self.data = self.data, None
        if not typed.is_finite() or abs(typed) * 100 > LARGEST_WHOLE:
            raise ValueError('金额不正确，请填写以元为单位的数字，例如 280.00')
        self.data = (typed * 100).quantize(Decimal(1), ROUND_HALF_UP)

    def populate_obj(self, obj: Any, name: str) -> None:
        """Set the attribute to a whole number of fen, or to None."""
        setattr(obj, name, None if self.data is None else int(self.data))


class TicksField(SelectMultipleField):
    """Multiple choice with one checkbox for each term."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class RowsField(Control):
    """Rows of a few columns: the controls of a column share one name, and rows without an answer are left out."""

    spare = 1

    def __init__(self, *args: Any, row_fields: Sequence[Field], **more: Any) -> None:
        super().__init__(*args, **more)
        self.row_fields = row_fields
        self.typed: list[list[str]] = []

    def process_data(self, value: Any) -> None:
        """Load known rows, such as those of the database, into the controls."""
        self.data = list(value or [])
        self.typed = [[str(row.get(column.name, '')) for column in self.row_fields] for row in self.data]

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Read the submitted rows, column by column; keep the known rows if none were submitted."""
        self.problems: list[str] = []
        self.process_data(self.default if data is unset_value else data)
        if formdata is None or not any(f'{self.name}.{column.name}' in formdata for column in self.row_fields):
            return
        sent = [formdata.getlist(f'{self.name}.{column.name}') for column in self.row_fields]
        rows = (list(row) for row in zip_longest(*sent, fillvalue=''))
        self.typed = [row for row in rows if any(text.strip() for text in row)]
        self.data = [self._read(row) for row in self.typed]
        self.process_errors = self.problems

    def _read(self, row: Sequence[str]) -> dict[str, Any]:
        """Convert the texts of a row to values; a text that cannot be converted adds a problem and gives None."""
        values: dict[str, Any] = {}
        for column, text in zip(self.row_fields, row, strict=True):
            try:
                values[column.name] = column.parsed(text.strip()) if text.strip() else None
            except ValueError:
                self.problems.append(f'{column.label}「{text.strip()[:20]}」不正确')
                values[column.name] = None
        return values

    def rows(self) -> list[list[str]]:
        """Return the texts of the controls, with ``spare`` empty rows at the end."""
        return [*self.typed, *([''] * len(self.row_fields) for _ in range(self.spare))]


class RemarksField(RowsField):
    """Remarks on places of the declaration; the page that shows the form sets ``places``."""

    places: Mapping[str, str] = MappingProxyType({})

    def process_data(self, value: Any) -> None:
        """Load remarks in the form in which a step stores them."""
        self.data = list(value or [])
        self.typed = [[each.place, each.remark] for each in remarks.read_remarks(self.data)]

    def _read(self, row: Sequence[str]) -> dict[str, Any]:
        at, said = (text.strip() for text in row)
        return remarks.stored_remark(at, said)


class SeenVersion(HiddenField):
    """Version of the row that the user saw; it is compared on saving and never written."""

    def populate_obj(self, obj: Any, name: str) -> None:
        """Leave the row unchanged."""


class ShownField(StringField):
    """Value that this form cannot change: shown beside the controls, never written."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Ignore the submitted value."""

    def populate_obj(self, obj: Any, name: str) -> None:
        """Leave the row unchanged."""


class DayField(DateField):
    """Date control with Chinese error messages."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError('日期不正确，请按 2026-01-31 的格式填写') from error
        problem = validators.day_problem(self.data) if self.data else None
        if problem:
            self.data = None  # the control still shows the typed text
            raise ValueError(problem)


class RichField(TextAreaField):
    """Rich text control; plain text from earlier versions is shown in paragraphs."""

    def __call__(self, **marks: Any) -> Any:
        return super().__call__(**marks, **{'data-shown': richtext.safe_html(self.data or '')})


class WholeField(IntegerField):
    """Integer control with Chinese error messages."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError('请填写整数') from error
        if self.data is not None and abs(self.data) > LARGEST_WHOLE:
            raise ValueError('数字过大')


def _nothing_or(convert: Callable[[str], Any], empty: Any) -> Callable[[Any], Any]:
    return lambda value: empty if value in (None, '', 'None') else convert(str(value))


def _yes_or_no(value: str) -> bool:
    return value in ('1', 'True')


def _checked(field: Field) -> Callable[[Any, Control], None]:
    def check(_form: Any, control: Control) -> None:
        if control.data not in (None, ''):
            problem = validators.value_problem(field, control.data)
            if problem:
                raise ValidationError(problem)

    return check


def control(field: Field, *, strict: bool) -> Any:
    """Return the control of a field. A draft takes what fits the column; ``strict`` checks the rules of the field."""
    demanded = strict and field.required and not field.only_for
    wanted = validators.value_problem(replace(field, required=True), None)
    rules: list[Any] = [InputRequired(wanted) if demanded else Optional()]
    if strict:
        rules.append(_checked(field))
    elif field.max_length:
        rules.append(Length(max=field.max_length, message=f'{field.label}最多 {field.max_length} 字'))
    common: dict[str, Any] = {
        'label': field.label,
        'description': field.help or field.origin,
        'validators': rules,
        'default': field.stored_empty,
    }
    marks: dict[str, Any] = {'data-required': 'true'} if field.required else {}
    if field.readonly:
        marks['readonly'] = True
    if field.fetch:
        marks['data-fetch'] = field.fetch
    if field.heading:
        marks['data-heading'] = field.heading
    if field.only_for:
        marks['data-kinds'] = '|'.join(field.only_for)
    if field.kind is Kind.CHOICE and field.choices_from and not strict:
        common['validate_choice'] = False  # the terms of a draft are checked when it is submitted
    build = BUILDERS.get(field.kind, _text)
    return build(field, {**common, 'render_kw': marks})


def _text(field: Field, common: dict[str, Any]) -> Any:
    if field.max_length:
        common['render_kw']['maxlength'] = field.max_length
    if field.suggest:
        common['render_kw'] |= {'data-suggest': field.suggest, 'autocomplete': 'off'}
    return StringField(**common, filters=[_written(field), _stored(field)])


def _paragraph(field: Field, common: dict[str, Any]) -> Any:
    common['render_kw'] |= {'maxlength': field.max_length, 'data-shortest': field.min_length or 0, 'rows': 5}
    return TextAreaField(**common, filters=[_plain, _stored(field)])


def _rich(field: Field, common: dict[str, Any]) -> Any:
    common['render_kw'] |= {'data-rich': 'true', 'rows': 8}
    return RichField(**common, filters=[lambda value: richtext.cleaned(value) if value else '', _stored(field)])


def _rows(field: Field, common: dict[str, Any]) -> Any:
    common['validators'] = [_demanded(field)]
    return RowsField(**common, row_fields=field.row_fields)


def _remarks(field: Field, common: dict[str, Any]) -> Any:
    common['validators'] = [_demanded(field)]
    return RemarksField(**common, row_fields=(AT, *field.row_fields))


def _demanded(field: Field) -> Callable[[Any, Control], None]:
    """Return the validator of rows; the validators of WTForms read raw text, which rows do not have."""

    def check(_form: Any, control: Control) -> None:
        problem = validators.value_problem(field, control.data)
        if problem:
            raise ValidationError(problem)

    return check


def _whole(field: Field, common: dict[str, Any]) -> Any:
    common['validators'].append(NumberRange(min=field.minimum, max=field.maximum, message=f'{field.label}超出范围'))
    return WholeField(**common)


def _flag(field: Field, common: dict[str, Any]) -> Any:
    return SelectField(
        **common, choices=_with_blank({'1': '是', '0': '否'}), coerce=_nothing_or(_yes_or_no, field.stored_empty)
    )


def _choice(field: Field, common: dict[str, Any]) -> Any:
    coerce = _nothing_or(int if field.kind is Kind.REFERENCE else str, field.stored_empty)
    fixed = _with_blank(field.choices or {})
    return SelectField(**common, choices=fixed, coerce=coerce)


AT = Field('at', '位置', Kind.CHOICE)
"""Place that a remark is about; a step stores its parts: section, row and field."""

BUILDERS: Mapping[Kind, Callable[[Field, dict[str, Any]], Any]] = {
    Kind.PARAGRAPH: _paragraph,
    Kind.RICH: _rich,
    Kind.DAY: lambda field, common: DayField(**common),
    Kind.WHOLE: _whole,
    Kind.MONEY: lambda field, common: MoneyField(**common, places=2),
    Kind.FLAG: _flag,
    Kind.TICKS: lambda field, common: TicksField(**common, choices=_options(field.choices or {})),
    Kind.CHOICE: _choice,
    Kind.REFERENCE: _choice,
    Kind.ROWS: _rows,
    Kind.REMARKS: _remarks,
}
"""Function that makes the control, by kind; other kinds are one line of text."""


def _stored(field: Field) -> Callable[[str | None], Any]:
    return lambda value: field.stored_empty if value is None else value


def _plain(value: str | None) -> str | None:
    return value.replace('\r\n', '\n').strip() if value else None


def _written(field: Field) -> Callable[[str | None], str | None]:
    return lambda value: validators.written(field, value) or None if value else None


def _options(choices: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in choices.items()]


def _with_blank(choices: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice('', '请选择'), *_options(choices)]


def form_class(fields: Iterable[Field], *, strict: bool, name: str = 'FieldsForm') -> type[BaseForm]:
    """Return a form class with one control for each field, in order."""
    return type(name, (BaseForm,), {field.name: control(field, strict=strict) for field in fields})


def fill_choices(form: BaseForm, choices: Choices) -> None:
    """Set the present choices of the controls; a stored value no longer offered stays, marked （已不在可选范围）."""
    for name, offered in choices.items():
        select = form[name]
        present = select.data
        select.choices = _with_blank(offered)
        if present is not None and str(present) not in offered and present == select.object_data:
            select.choices.append(SelectChoice(str(present), f'{present}（已不在可选范围）'))


def answers(form: BaseForm, asked: Sequence[Field]) -> dict[str, Any]:
    """Return the values of the asked fields by field name."""
    return {field.name: form[field.name].data for field in asked}


def show_problems(form: BaseForm, problems: Mapping[str, str]) -> None:
    """Add the problems that the rules found to the errors of their fields."""
    for name, sentence in problems.items():
        form[name].errors = [*form[name].errors, sentence]
