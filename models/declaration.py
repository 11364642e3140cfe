"""The sections of the declaration (手册 §2.1), in the manual's words."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.application import Application
from models.catalogue import ExamMode, Track
from models.employer import Employer
from models.fields import Mask, choice, chosen, day, flag, paragraph, reference, state, text, ticks, whole
from models.section import About, ListSection, Shape, SingleSection
from models.terms import (
    ANALYSIS,
    AWARD_GRADES,
    AWARD_LEVELS,
    BOOK,
    DEGREES,
    EDUCATION_KINDS,
    EXCEPTIONAL_KINDS,
    ID_TYPES,
    INDEXED_BY,
    LEVELS,
    NATIONALITIES,
    NEGATIVES,
    NO_NEGATIVE,
    PAPER,
    PATENT,
    PATENT_KINDS,
    PEOPLES,
    POLITICS,
    PRESENT_KINDS,
    PRESENT_WAYS,
    PROJECT,
    PROJECT_LEVELS,
    PROJECT_ROLES,
    PROJECT_STATES,
    SCHOOLING,
    SCHOOLING_REGIONS,
    SEXES,
    SOFTWARE,
    STUDY_FORMS,
    TOPIC,
)

VALIDITY = (
    '业绩材料有效期至职称评审年度 12 月 31 日，晚于此时间生成的业绩不可用于申报评审。'
    '每一大项最多选{representative_works_in_words}个代表作。'
)


class Basic(SingleSection):
    """基本信息 (手册 §2.1.3)."""

    __tablename__ = 'basic'
    about = About(10, '基本信息', '手册 §2.1.3')

    name: Mapped[str | None] = text('姓名', 60, required=True, check='person', head='applicant_name')
    sex: Mapped[str | None] = choice('性别', SEXES, required=True)
    id_type: Mapped[str | None] = choice('证件类型', ID_TYPES, required=True)
    id_number: Mapped[str | None] = text('证件号码', 30, required=True, mask=Mask.ID_NUMBER, head='id_number')
    born_on: Mapped[date | None] = day('出生日期')
    phone: Mapped[str | None] = text('联系电话', 30, required=True, mask=Mask.PHONE, check='phone')
    nationality: Mapped[str | None] = choice('国籍', NATIONALITIES, required=True, default='中国')
    work_since: Mapped[date | None] = day('参加工作时间', required=True)
    household: Mapped[str | None] = text(
        '户籍', 100, help='国籍为中国时必填；输入省、市、区的名称后从列表选择', check='division', suggest='division'
    )
    people: Mapped[str | None] = choice('民族', PEOPLES, help='国籍为中国时必填')
    politics: Mapped[str | None] = choice('政治面貌', POLITICS, help='国籍为中国时必填')
    insured_employer: Mapped[str | None] = text('现参保单位', 100, origin='系统自动获取', fetch='insurance')
    insured_code: Mapped[str | None] = text('现参保单位组织机构代码', 18, origin='系统自动获取')
    work_employer: Mapped[str | None] = text('现工作单位', 100, required=True)
    email: Mapped[str | None] = text('电子邮箱', 100, check='email')


class Education(ListSection):
    """教育经历 (手册 §2.1.4)."""

    __tablename__ = 'education'
    about = About(20, '教育经历', '手册 §2.1.4', '请自中专开始填写，无中专以上学历从初中开始填写。')

    certificate_number: Mapped[str | None] = text(
        '学历证书编号', 40, required=True, help='请填写学历证书编号，不是学位证书编号', fetch='education'
    )
    school: Mapped[str | None] = text('毕业学校', 100, required=True)
    entered_on: Mapped[date | None] = day('入学时间', required=True)
    left_on: Mapped[date | None] = day('毕业时间', required=True)
    schooling: Mapped[str | None] = choice('学历层次', SCHOOLING, required=True)
    subject: Mapped[str | None] = text('专业名称', 60, required=True)
    study_form: Mapped[str | None] = choice('学习形式', STUDY_FORMS, required=True)
    region: Mapped[str | None] = choice('学历取得地区', SCHOOLING_REGIONS, required=True)
    degree: Mapped[str | None] = choice('学位名称', DEGREES, required=True)
    used_here: Mapped[bool | None] = flag('是否以该学历申请职称评审', required=True)


class Work(ListSection):
    """工作经历 (手册 §2.1.5)."""

    __tablename__ = 'work'
    about = About(
        30, '工作经历', '手册 §2.1.5', '从参加工作开始填写，重要兼职亦应填写，除特殊情况外所列各项时间段应前后衔接。'
    )

    started_on: Mapped[date | None] = day('开始时间', required=True)
    ended_on: Mapped[date | None] = day('结束时间', shown_empty='至今', help='至今的不填')
    employer: Mapped[str | None] = text('工作单位', 100, required=True)
    place: Mapped[str | None] = text('工作地点', 100, required=True)
    post: Mapped[str | None] = text('行政职务', 60, required=True, help='没有请填“无”')
    duties: Mapped[str | None] = paragraph('主要专业技术工作内容', 200, required=True)
    witness: Mapped[str | None] = text('证明人', 60, required=True)


class Post(ListSection):
    """专业行业组织职务 (手册 §2.1.5)."""

    __tablename__ = 'post'
    about = About(35, '专业行业组织职务', '手册 §2.1.5', required=False)

    started_on: Mapped[date | None] = day('开始时间', required=True)
    ended_on: Mapped[date | None] = day('结束时间', shown_empty='至今', help='至今的不填')
    organisation: Mapped[str | None] = text('组织名称', 100, required=True)
    post: Mapped[str | None] = text('担任职务', 60, required=True)


class Present(SingleSection):
    """现职称及专业技术职务信息 (手册 §2.1.6). The fields after the first two are all filled in or all empty."""

    __tablename__ = 'present'
    about = About(
        40,
        '现职称及专业技术职务信息',
        '手册 §2.1.6',
        '1. 我省现已建立专业技术人员职业资格与职称对应关系，请各位申报人根据对应关系申报相应职称。'
        '2. 省外取得职称特指非广东省各级职称管理部门核发的职称证书（不包括全国统一考试取得的职业资格证书）。',
    )

    subject: Mapped[str | None] = text('现从事专业（学科）', 60, required=True)
    years: Mapped[int | None] = whole('从事本专业或相近专业工作累计（年）', required=True, minimum=0, maximum=60)
    present_kind: Mapped[str | None] = choice('现资格类型', PRESENT_KINDS, help='确无现职业资格/职称的，以下各项都不填')
    obtained_on: Mapped[date | None] = day('取得时间')
    present_title: Mapped[str | None] = text('现职业资格名称', 60)
    obtained_by: Mapped[str | None] = choice('现资格取得方式', PRESENT_WAYS)
    present_series: Mapped[str | None] = text('现职业资格对应的职称系列', 60)
    issuer: Mapped[str | None] = text('现资格证书发证单位', 100)
    present_level: Mapped[str | None] = choice('现职业资格对应的职称级别', LEVELS)
    appointed_as: Mapped[str | None] = text('现任专业技术职务', 60)
    appointed_on: Mapped[date | None] = day('聘任专业技术职务时间（年月日）')
    outside: Mapped[bool | None] = flag('是否属省外取得职称')


class Target(SingleSection):
    """申报的职称信息 (手册 §2.1.7). The open calls offer the series, level, title and speciality."""

    __tablename__ = 'target'
    about = About(50, '申报的职称信息', '手册 §2.1.7')

    track: Mapped[str | None] = state('申报类型', Track, required=True, head='track')
    exceptional_kind: Mapped[str | None] = choice('破格申报类型', EXCEPTIONAL_KINDS, help='破格申报时必填')
    series: Mapped[str | None] = chosen('评审的资格系列', 60, choices_from='series', required=True, head='series')
    level: Mapped[str | None] = chosen('评审的资格级别', 60, choices_from='level', required=True, head='level')
    title: Mapped[str | None] = chosen('评审的资格名称', 60, choices_from='title', required=True, head='title')
    speciality: Mapped[str | None] = chosen(
        '评审的资格专业',
        60,
        choices_from='speciality',
        required=True,
        head='speciality',
    )
    elsewhere: Mapped[bool | None] = flag(
        '本年度是否向深圳市属职称评审委员会以外的职称评审委员会申报同一专业相同级别', required=True, copy_forward=False
    )
    others: Mapped[str | None] = text(
        '有无同时或不同时申报其他系列（专业）资格及其名称',
        200,
        required=True,
        copy_forward=False,
        help='没有请填“无”；涉及诚信申报',
    )

    # Offering of the four choices at the last save; renaming its series does not change it.
    offering_id: Mapped[int | None] = mapped_column(ForeignKey('offering.id'))


class Exam(SingleSection):
    """专业实践能力考试成绩 (手册 §2.1.7), asked for if the speciality requires an exam."""

    __tablename__ = 'exam'
    about = About(55, '专业实践能力考试成绩', '手册 §2.1.7')

    ticket: Mapped[str | None] = text('准考证号', 40, required=True, fetch='exam')
    started_on: Mapped[date | None] = day('考试开始时间', required=True)
    ended_on: Mapped[date | None] = day('考试结束时间', required=True)
    subject: Mapped[str | None] = text('考试科目', 60, required=True)
    score: Mapped[str | None] = text('科目成绩', 20, required=True)
    place: Mapped[str | None] = text('考试地点', 100, required=True)

    @classmethod
    def applies(cls, application: Application) -> bool:
        """Return true if the speciality requires 以考代评 or 考评结合."""
        return application.offering is not None and application.offering.exam_mode != ExamMode.NONE


class Training(ListSection):
    """国内外进修情况 (手册 §2.1.8)."""

    __tablename__ = 'training'
    about = About(60, '国内外进修情况', '手册 §2.1.8', required=False)

    started_on: Mapped[date | None] = day('开始时间', required=True)
    ended_on: Mapped[date | None] = day('结束时间', required=True)
    place: Mapped[str | None] = text('进修单位', 100, required=True)
    content: Mapped[str | None] = paragraph('进修内容', 200, required=True)


class ContinuingEducation(ListSection):
    """完成继续教育任务情况 (手册 §2.1.8)."""

    __tablename__ = 'continuing_education'
    about = About(
        65,
        '完成继续教育任务情况',
        '手册 §2.1.8',
        '每年公需科目 {general_hours} 学时、专业科目 {speciality_hours} 学时、选修科目 {optional_hours} 学时。',
    )

    year: Mapped[int | None] = whole('年度', required=True, minimum=1980, maximum=2100)
    subject_kind: Mapped[str | None] = choice('科目', EDUCATION_KINDS, required=True)
    content: Mapped[str | None] = text('学习内容', 100, required=True)
    hours: Mapped[int | None] = whole('学时', required=True, minimum=1, maximum=1000)


class Project(ListSection):
    """业绩成果-项目情况 (手册 §2.1.9)."""

    __tablename__ = 'project'
    about = About(
        70,
        '业绩成果-项目情况',
        '手册 §2.1.9',
        VALIDITY,
        required=False,
        achievement=True,
        shape=Shape.BLOCKS,
    )

    kind: Mapped[str | None] = choice('业绩类别', (PROJECT, TOPIC), required=True)
    name: Mapped[str | None] = text('项目名称', 100, required=True)
    number: Mapped[str | None] = text('课题立项编号', 60, required=True, only_for=(TOPIC,))
    source: Mapped[str | None] = text('课题来源', 100, required=True, only_for=(TOPIC,))
    level: Mapped[str | None] = choice('项目级别', PROJECT_LEVELS, required=True)
    role: Mapped[str | None] = choice('项目角色', PROJECT_ROLES, required=True)
    started_on: Mapped[date | None] = day('开始时间', required=True)
    ended_on: Mapped[date | None] = day('结束时间', required=True)
    progress: Mapped[str | None] = choice('项目完成状态', PROJECT_STATES, required=True)
    representative: Mapped[bool | None] = flag('是否代表作', required=True)
    summary: Mapped[str | None] = paragraph('项目简介', 200, required=True)


class Award(ListSection):
    """业绩成果-获奖情况 (手册 §2.1.9)."""

    __tablename__ = 'award'
    about = About(75, '业绩成果-获奖情况', '手册 §2.1.9', VALIDITY, required=False, achievement=True)

    name: Mapped[str | None] = text('奖项名称', 100, required=True)
    level: Mapped[str | None] = choice('奖励级别', AWARD_LEVELS, required=True)
    grade: Mapped[str | None] = choice('奖励等级', AWARD_GRADES, required=True)
    issuer: Mapped[str | None] = text('颁奖单位', 100, required=True)
    rank: Mapped[int | None] = whole('本人排名', required=True, minimum=1, maximum=200)
    awarded_on: Mapped[date | None] = day('获奖时间', required=True)
    representative: Mapped[bool | None] = flag('是否代表作', required=True)
    summary: Mapped[str | None] = paragraph('获奖成果简介', 200)


class Academic(ListSection):
    """学术成果-论文、著作、技术分析报告等 (手册 §2.1.9)."""

    __tablename__ = 'academic'
    about = About(
        80,
        '学术成果-论文、著作、技术分析报告等',
        '手册 §2.1.9',
        VALIDITY,
        required=False,
        achievement=True,
        shape=Shape.BLOCKS,
    )

    kind: Mapped[str | None] = choice('成果类别', (PAPER, BOOK, ANALYSIS), required=True)
    name: Mapped[str | None] = text('题目（书名）', 200, required=True)
    journal: Mapped[str | None] = text('期刊名称', 100, required=True, only_for=(PAPER,))
    issn: Mapped[str | None] = text('刊号（ISSN/CN）', 40, required=True, only_for=(PAPER,))
    indexed_by: Mapped[str | None] = choice('收录情况', INDEXED_BY, required=True, only_for=(PAPER,))
    publisher: Mapped[str | None] = text('出版社', 100, required=True, only_for=(BOOK,))
    isbn: Mapped[str | None] = text('书号（ISBN）', 40, required=True, only_for=(BOOK,))
    words: Mapped[int | None] = whole('本人撰写字数（千字）', minimum=1, maximum=100000, only_for=(BOOK,))
    adopter: Mapped[str | None] = text('采用单位', 100, required=True, only_for=(ANALYSIS,))
    published_on: Mapped[date | None] = day('发表（出版、完成）时间', required=True)
    rank: Mapped[int | None] = whole('作者排名', required=True, minimum=1, maximum=200)
    representative: Mapped[bool | None] = flag('是否代表作', required=True)
    summary: Mapped[str | None] = paragraph('内容简介', 200)


class Patent(ListSection):
    """学术成果-专利及软件著作权 (手册 §2.1.9)."""

    __tablename__ = 'patent'
    about = About(
        85,
        '学术成果-专利及软件著作权',
        '手册 §2.1.9',
        VALIDITY,
        required=False,
        achievement=True,
        shape=Shape.BLOCKS,
    )

    kind: Mapped[str | None] = choice('成果类别', (PATENT, SOFTWARE), required=True)
    name: Mapped[str | None] = text('名称', 100, required=True)
    patent_kind: Mapped[str | None] = choice('专利类型', PATENT_KINDS, required=True, only_for=(PATENT,))
    patent_number: Mapped[str | None] = text('专利号', 40, required=True, only_for=(PATENT,))
    granted_on: Mapped[date | None] = day('授权日', required=True, only_for=(PATENT,))
    converted: Mapped[bool | None] = flag('是否转化', required=True, only_for=(PATENT,))
    register_number: Mapped[str | None] = text('登记号', 40, required=True, only_for=(SOFTWARE,))
    registered_on: Mapped[date | None] = day('登记日', required=True, only_for=(SOFTWARE,))
    rank: Mapped[int | None] = whole('本人排名', required=True, minimum=1, maximum=200)
    representative: Mapped[bool | None] = flag('是否代表作', required=True)
    summary: Mapped[str | None] = paragraph('成果简介', 200)


class SelfEvaluation(SingleSection):
    """个人自我评价 (手册 §2.1.10)."""

    __tablename__ = 'self_evaluation'
    about = About(100, '个人自我评价', '手册 §2.1.10', '对照广东省各系列各专业职称申报条件填写。')

    ability: Mapped[str | None] = paragraph('自评认为具备专业技术工作（能力）条件', 500)
    achievement: Mapped[str | None] = paragraph('自评认为具备专业技术业绩成果条件', 500)


class Negative(SingleSection):
    """工作负面情况说明 (手册 §2.1.11): 无上述情况, or the events with both explanations."""

    __tablename__ = 'negative'
    about = About(110, '工作负面情况说明', '手册 §2.1.11', '此项涉及诚信申报，须如实勾选；没有的勾选“无上述情况”。')

    happened: Mapped[list[str] | None] = ticks(
        '获现职称以来专业技术工作中曾出现下列情况，请选择', (*NEGATIVES, NO_NEGATIVE), required=True, copy_forward=False
    )
    explanation: Mapped[str | None] = paragraph('具体负面情况简要说明', 500, copy_forward=False)
    statement: Mapped[str | None] = paragraph('申请人对工作过失的陈述', 500, copy_forward=False)


class Destination(SingleSection):
    """申报下一环节信息 (手册 §2.1.12): the employer that checks the declaration."""

    __tablename__ = 'destination'
    about = About(120, '申报下一环节信息', '手册 §2.1.12')

    route: Mapped[str | None] = text('报送去向', 60, origin='由流程确定', default='送单位审核')
    employer_id: Mapped[int | None] = reference(
        '报送单位',
        'employer.id',
        choices_from='employer',
        required=True,
        help='默认为参保单位；其他单位须先将您加入其人员列表',
    )

    employer: Mapped[Employer | None] = relationship()
