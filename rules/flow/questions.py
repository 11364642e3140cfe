"""Questions that the actions of the flow ask: the forms for 意见, 公示 and 批件."""

from __future__ import annotations

from models.fields import Field, Kind, Mask
from models.statutory import StatutoryNumber
from models.terms import ASSESSMENT_RESULTS

OPINION = (Field('opinion', '意见', Kind.PARAGRAPH, max_length=500, help='可不填'),)


def _reason(help: str) -> tuple[Field, ...]:
    return (Field('opinion', '原因', Kind.PARAGRAPH, max_length=500, required=True, help=help),)


RETURN_REASON = _reason('申报人和经办人都会看到，请写明要改什么')
TERMINATE_REASON = _reason('单位会看到，请写明为何终止')
REMARKS = Field(
    'remarks',
    '逐项意见',
    Kind.REMARKS,
    maximum=100,
    help='可不填；申报人会在对应栏目看到',
    row_fields=(Field('remark', '要改什么', max_length=200, required=True),),
)
REVIEW = (
    Field('handler_name', '单位经办人', max_length=60, required=True, heading='单位经办人信息'),
    Field('handler_phone', '经办人联系电话', max_length=30, required=True, check='phone', mask=Mask.PHONE),
    Field(
        'training_opinion',
        '所在单位对申报人完成继续教育情况的审核意见',
        Kind.PARAGRAPH,
        max_length=500,
        required=True,
        help='本单位对申报人完成继续教育任务情况提出的审核意见',
    ),
    Field(
        'negative_opinion',
        '单位对申报人负面情况的意见',
        Kind.PARAGRAPH,
        max_length=500,
        required=True,
        help='由单位人事部门针对申报人工作作风、态度、过失因果等公允加具；申报人未填报的负面情况一并列明',
    ),
    Field(
        'assessments',
        '单位年度考核情况',
        Kind.ROWS,
        required=True,
        maximum=20,
        row_fields=(
            Field('year', '考核年度', Kind.WHOLE, required=True, minimum=1980, check='year_begun', unique_in_rows=True),
            Field(
                'result',
                '考核结果',
                Kind.CHOICE,
                required=True,
                choices={term: term for term in ASSESSMENT_RESULTS},
            ),
        ),
    ),
    Field(
        'evaluation',
        '单位的综合评价',
        Kind.PARAGRAPH,
        max_length=500,
        required=True,
        shortest=StatutoryNumber.EVALUATION_LENGTH,
        help='须对申报人的专业技术工作、业绩进行核实并对其水平、能力、业绩作出客观公正的评价',
    ),
    Field('exam_instead', '是否以考代评人员', Kind.FLAG, required=True),
)
"""Form of 单位审核: the employer writes its opinion of the applicant (手册 §3.2.2)."""


def _period(help: str) -> tuple[Field, ...]:
    return (
        Field('starts_on', '公示开始时间', Kind.DAY, required=True),
        Field('ends_on', '公示结束时间', Kind.DAY, required=True, help=help),
    )


PERIOD = (
    *_period('至少覆盖 {notice_days} 个工作日，结束后方可通过'),
    Field('opinion', '公示意见', Kind.PARAGRAPH, max_length=500, help='留空则按公示时间自动生成'),
)
OBJECTION = (
    *_period('至少覆盖 {notice_days} 个工作日；异议查实的，公示开始后即可登记'),
    *_reason('申报人和经办人都会看到，请写明收到的异议、核查情况和不通过的理由'),
)
"""Form of 不通过 after a public notice; it asks for the period as 通过 does (手册 §3.2.10, 第五章 5)."""
DOCUMENT_TITLE = (Field('title', '批件标题', max_length=100, required=True),)
