"""我的资料库 (手册 §2.1.13 共享上传): all files that a person has uploaded, to view, reuse or delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from markupsafe import Markup

from admin_views.framework import cells
from admin_views.framework.access_check import action_link, does
from admin_views.framework.crud import CrudView
from admin_views.framework.list_parts import Column, RowLinks
from admin_views.framework.uploads import Told, file_response, take_files
from models.material import Accepts, LibraryFile
from models.transaction import writing
from rules import access, materials


def _uses(row: LibraryFile) -> Markup:
    return cells.tag(f'已用于 {row.uses} 项申报', 'good') if row.uses else cells.tag('未使用')


def _file_links(_view: Any, row: LibraryFile) -> list[dict[str, Any]]:
    """Make the links 查看 and 删除; a file is reused from the page of a material."""
    look = action_link('查看', url_for('library.file', id=row.id), kind='main')
    url = url_for('library.delete_view', id=row.id, url=request.full_path)
    return [look, action_link('删除', url, method='post', refused=access.may_change(current_user, row))]


class Library(CrudView):
    """List of the visitor's files, with upload outside a declaration."""

    of = LibraryFile
    noun = '文件'
    columns = (
        'name',
        'material_id',
        Column('size', '文件大小', lambda row: cells.size(row.file.size)),
        Column('format', '文件格式', lambda row: materials.SUFFIXES[row.file.media_type][0]),
        Column('uploaded_at', '上传时间', lambda row: cells.moment_cell(row.uploaded_at), sortable=True),
        Column('uses', '使用情况', _uses),
        'source',
    )
    row_links = (RowLinks(_file_links),)
    searched: Sequence[str] = ('name',)
    order: Sequence[Any] = (LibraryFile.uploaded_at.desc(), LibraryFile.id.desc())
    list_template = 'library.html'
    empty_text = '资料库还是空的。申报时上传的文件会自动保存在这里，也可以先在此上传。'

    @expose('/upload/', methods=('POST',))
    @does('upload')
    def upload(self) -> Any:
        """Upload one or several files; a refused file does not stop the others."""
        told = Told()
        taken = take_files(Accepts.SCAN, told)
        with writing() as session:
            for each in taken:
                file = each.stored()
                materials.keep_in_library(
                    session, current_user.id, name=each.name, file=file, material=None, source='本地上传'
                )
                told.add(f'已上传 {each.name}', 'success')
        told.tell()
        return redirect(url_for('library.index_view'))

    @expose('/file/')
    def file(self) -> Response:
        """Send one file."""
        row: LibraryFile = self.requested()
        return file_response(row.file, row.name)
