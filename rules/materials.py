"""Materials (手册 §2.1.13): conditions that require them, and checks of uploaded files."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from PIL import Image, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from sqlalchemy import ColumnElement, exists, false, select, true
from sqlalchemy.orm import Session

from models.application import Application, Stage
from models.catalogue import Track
from models.declaration import Academic, Award, Basic, Destination, Patent, Present, Project, Target
from models.employer import Employer
from models.material import Accepts, Attachment, LibraryFile, Material, StoredFile
from models.reference_cache import maintained
from models.section import Section
from models.sql import KEYS
from models.terms import ANALYSIS, BOOK, PAPER, PROJECT, TOPIC
from rules.refusal import Refusal, Refused

LARGEST_UPLOAD = 10 * 1024 * 1024
"""Size limit of a file in bytes (手册 §2.1.13)."""

MOST_PIXELS = 50_000_000
PHOTO_LEAST = (295, 413)
"""Smallest width and height of the photo in pixels (one inch at 300 dpi)."""

PHOTO_RATIO = (0.64, 0.8)
"""Smallest and largest ratio of width to height of the photo: between the two-inch and the four-to-five format."""

PDF, JPEG, PNG = 'application/pdf', 'image/jpeg', 'image/png'
TYPES: Mapping[str, tuple[str, ...]] = {
    Accepts.PDF: (PDF,),
    Accepts.PHOTO: (JPEG, PNG),
    Accepts.SCAN: (PDF, JPEG, PNG),
}
SUFFIXES = {PDF: ('.pdf',), JPEG: ('.jpg', '.jpeg'), PNG: ('.png',)}


def _says(*what: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a row with these values exists."""
    return exists().where(*what)


def _of(section: type[Section]) -> ColumnElement[bool]:
    return section.__table__.c.application_id == Application.id


def _works(section: type[Any], *kinds: str, representative: bool = True) -> ColumnElement[bool]:
    """Return the condition that a section has a representative (or else another) work of these kinds."""
    told = section.representative.is_(True) if representative else section.representative.is_not(True)
    return _says(_of(section), told, *([section.kind.in_(kinds)] if kinds else []))


OTHER_EMPLOYER = _says(
    _of(Destination),
    _of(Basic),
    Employer.id == Destination.employer_id,
    Employer.name.is_distinct_from(Basic.work_employer),
)

MATERIAL_RULES: Mapping[str, tuple[str, ColumnElement[bool]]] = {
    'always': ('是', true()),
    'optional': ('否', false()),
    'exceptional': ('破格申报时', _says(_of(Target), Target.track == Track.EXCEPTIONAL)),
    'other_employer': ('申报单位与工作单位不一致时', OTHER_EMPLOYER),
    'has_title': ('有现职称时', _says(_of(Present), Present.present_kind != '')),
    'work_project': ('有专业技术工作项目代表作时', _works(Project, PROJECT)),
    'work_topic': ('有课题项目代表作时', _works(Project, TOPIC)),
    'work_award': ('有获奖代表作时', _works(Award)),
    'work_paper': ('有论文、著作代表作时', _works(Academic, PAPER, BOOK)),
    'work_analysis': ('有专项技术分析报告代表作时', _works(Academic, ANALYSIS)),
    'work_patent': ('有专利、软件著作权代表作时', _works(Patent)),
    'other_results': (
        '有非代表业绩成果时',
        _works(Project, representative=False) | _works(Award, representative=False),
    ),
    'other_academic': (
        '有非代表作学术成果时',
        _works(Academic, representative=False) | _works(Patent, representative=False),
    ),
}
"""Named conditions: their words in the column 是否必传, and the SQL condition on a declaration."""


def _meeting(rule: ColumnElement[bool]) -> Callable[[Session, Collection[int]], Mapping[int, bool]]:
    statement = select(Application.id).where(Application.id.in_(KEYS), rule)

    def read(session: Session, keys: Collection[int]) -> Mapping[int, bool]:
        return dict.fromkeys(session.connection().scalars(statement, {'keys': list(keys)}), True)

    return read


READINGS = {
    name: _meeting(rule) for name, (_words, rule) in MATERIAL_RULES.items() if name not in ('always', 'optional')
}
"""Function for each rule that depends on the declaration: it reads the keys of declarations that meet the rule."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Data of a material that are needed to ask for it."""

    id: int
    name: str
    rule: str


DemandsByStage = Mapping[str, Sequence[Demand]]
"""Materials in force by the stage of their upload, in the order of the table."""


@maintained(Material)
def demands_by_stage(session: Session) -> DemandsByStage:
    """Read the materials in force, by stage."""
    found: dict[str, list[Demand]] = {}
    for each in session.scalars(select(Material).where(Material.in_force).order_by(Material.position)):
        found.setdefault(each.stage, []).append(Demand(each.id, each.name, each.rule))
    return MappingProxyType(found)


def asking(session: Session, application: Application) -> set[str]:
    """Return the names of the rules that the declaration meets."""
    met = (rule.label(name) for name, (_words, rule) in MATERIAL_RULES.items())
    found = session.execute(select(*met).where(Application.id == application.id)).one()
    return {name for name, asks in found._mapping.items() if asks}


def list_materials(session: Session, stage: str = Stage.DRAFT) -> list[Material]:
    """List the materials of a stage, in the order of the table."""
    query = select(Material).where(Material.in_force, Material.stage == stage).order_by(Material.position)
    return list(session.scalars(query))


HANDED_IN = (
    select(Attachment.application_id, Attachment.material_id)
    .join(Application)
    .where(Attachment.application_id.in_(KEYS), Attachment.uploaded_at >= Application.submitted_at)
)


def belongs_to_submission(attachment: Attachment) -> bool:
    """Return true if a file belongs to the newest submission of the declaration.

    A paper that an employer signed before a correction is about another text, or signed by another employer.
    """
    submitted_at = attachment.application.submitted_at
    of_declarant = attachment.material.stage == Stage.DRAFT
    return of_declarant or submitted_at is None or attachment.uploaded_at >= submitted_at


def handed_in(session: Session, keys: Collection[int]) -> Mapping[int, set[int]]:
    """Return the keys of the materials with files uploaded since the newest submission, by the declaration's key."""
    found: dict[int, set[int]] = {}
    for application_id, material_id in session.connection().execute(HANDED_IN, {'keys': list(keys)}):
        found.setdefault(application_id, set()).add(material_id)
    return found


def list_missing_materials(session: Session, application: Application, stage: str = Stage.DRAFT) -> list[Material]:
    """List the required materials without a file."""
    given = set(session.scalars(select(Attachment.material_id).where(Attachment.application_id == application.id)))
    rules = asking(session, application)
    return [each for each in list_materials(session, stage) if each.rule in rules and each.id not in given]


def inspect(name: str, content: bytes, accepts: str) -> str:
    """Return the media type of a file, detected from its content.

    Raises Refused with the reason if the file is empty, too large, damaged, encrypted or contains scripts, or if its
    type does not match its name or the material.
    """
    media_type = _sniff(name, content)
    if media_type not in TYPES[accepts]:
        raise _refused(name, f'此材料只接受{Accepts(accepts).label}')
    if not name.lower().endswith(SUFFIXES[media_type]):
        raise _refused(name, f'内容与文件名不符：内容是 {media_type}')
    if media_type == PDF:
        _inspect_pdf(name, content)
    else:
        width, height = _size_of_image(name, content)
        if accepts == Accepts.PHOTO:
            _inspect_photo(name, width, height)
    return media_type


def _refused(name: str, why: str) -> Refused:
    return Refused(Refusal('bad_file', f'文件「{name}」未上传：{why}'))


def _sniff(name: str, content: bytes) -> str:
    if not content:
        raise _refused(name, '文件是空的，请重新选择')
    if len(content) > LARGEST_UPLOAD:
        raise _refused(name, f'大小 {len(content) / 1048576:.1f} MB，超过 10 MB，请压缩或分割后上传')
    if content.startswith(b'%PDF-'):
        return PDF
    if content.startswith(b'\xff\xd8\xff'):
        return JPEG
    if content.startswith(b'\x89PNG\r\n\x1a\n'):
        return PNG
    raise _refused(name, '内容不是 PDF、JPEG 或 PNG')


def _inspect_pdf(name: str, content: bytes) -> None:
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise _refused(name, 'PDF 已加密，请去除密码后上传')
        if not reader.pages:
            raise _refused(name, 'PDF 没有页面')
        root: Any = reader.trailer['/Root'].get_object()
        names = root.get('/Names', {}).get_object() if '/Names' in root else {}
        if '/JavaScript' in names or '/EmbeddedFiles' in names or _runs_script(root.get('/OpenAction')):
            raise _refused(name, 'PDF 含有脚本或内嵌文件，请另存为普通 PDF 后上传')
    except Refused:
        raise
    except (PyPdfError, KeyError, ValueError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise _refused(name, 'PDF 已损坏或不完整，请重新导出后上传') from error


def _runs_script(action: object) -> bool:
    target = action.get_object() if hasattr(action, 'get_object') else action
    return isinstance(target, dict) and target.get('/S') in ('/JavaScript', '/Launch')


def _size_of_image(name: str, content: bytes) -> tuple[int, int]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('error', Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    raise _refused(name, f'图片 {width}×{height} 像素过大')
                image.load()
    except Refused:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refused(name, '图片无法识别或像素过大') from error
    except (OSError, ValueError, SyntaxError) as error:
        raise _refused(name, '图片已损坏或不完整，请重新导出后上传') from error
    return width, height


def _inspect_photo(name: str, width: int, height: int) -> None:
    least, narrowest, widest = PHOTO_LEAST, *PHOTO_RATIO
    if width < least[0] or height < least[1]:
        raise _refused(name, f'照片为 {width}×{height} 像素，至少应为 {least[0]}×{least[1]} 像素')
    if not narrowest <= width / height <= widest:
        raise _refused(name, f'照片为 {width}×{height} 像素，不是证件照的比例（宽与高约 5:7），请裁剪后上传')


def attach(
    session: Session, application: Application, material: Material, *, name: str, file: StoredFile, by: int
) -> Attachment:
    """Add a stored file to a material, after its other files; the applicant's own file is added to 我的资料库 too."""
    position = max((each.position + 1 for each in of_material(application, material.id)), default=0)
    attachment = Attachment(
        application=application, material=material, file=file, name=name, position=position, uploaded_by_id=by
    )
    session.add(attachment)
    if by == application.applicant_id:
        keep_in_library(session, by, name=name, file=file, material=material, source='申报材料')
    session.flush()
    return attachment


def of_material(application: Application, material_id: int) -> list[Attachment]:
    """Return the files of one material, in their order."""
    return [attachment for attachment in application.attachments if attachment.material_id == material_id]


def move(attachment: Attachment, to: int) -> None:
    """Move a file to a position among those of its material, counted from 0 (手册 §2.1.13 材料排序)."""
    files = of_material(attachment.application, attachment.material_id)
    files.remove(attachment)
    files.insert(max(to, 0), attachment)
    for position, each in enumerate(files):
        each.position = position


def keep_in_library(
    session: Session, account_id: int, *, name: str, file: StoredFile, material: Material | None, source: str
) -> LibraryFile:
    """Return the file of the person's 我的资料库, adding it if it is not there yet."""
    known = select(LibraryFile).where(LibraryFile.account_id == account_id, LibraryFile.file_id == file.id)
    found = session.scalars(known).first()
    if found is None:
        found = LibraryFile(account_id=account_id, file=file, name=name, material=material, source=source)
        session.add(found)
    return found


def shareable(session: Session, account_id: int, material: Material) -> list[LibraryFile]:
    """Return the files of 我的资料库 in a format that the material accepts, newest first."""
    fitting = (
        select(LibraryFile)
        .join(LibraryFile.file)
        .where(LibraryFile.account_id == account_id, StoredFile.media_type.in_(TYPES[material.accepts]))
        .order_by(LibraryFile.uploaded_at.desc(), LibraryFile.id.desc())
    )
    return list(session.scalars(fitting))
