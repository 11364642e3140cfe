// Upload a file as soon as it is chosen, with a progress bar; show a preview of a photo first. Input elsewhere on the
// page is saved before. Files of one material can be dragged into another order.
(() => {
  'use strict';
  const LEAST = [295, 413];
  const RATIO = [0.64, 0.8];

  function say(form, text) {
    let line = form.querySelector('.upload-said');
    if (!line) {
      line = Object.assign(document.createElement('p'), { className: 'upload-said field-error' });
      line.setAttribute('role', 'alert');
      form.append(line);
    }
    line.textContent = text;
  }

  function bar(form, count) {
    const box = Object.assign(document.createElement('div'), { className: 'running' });
    const text = Object.assign(document.createElement('span'), { textContent: `正在上传 ${count} 个文件` });
    text.setAttribute('role', 'status');
    const progress = Object.assign(document.createElement('progress'), { max: 1, value: 0 });
    box.append(text, progress);
    form.append(box);
    return { box, progress, text };
  }

  function send(form) {
    const shown = bar(form, form.querySelector('input[type=file]').files.length);
    const request = new XMLHttpRequest();
    request.open('POST', form.action);
    request.setRequestHeader('Accept', 'application/json');
    request.upload.addEventListener('progress', event => {
      if (!event.lengthComputable) return;
      shown.progress.value = event.loaded / event.total;
      if (event.loaded === event.total) shown.text.textContent = '已传完，正在检查文件';
    });
    request.addEventListener('loadend', () => {
      shown.box.remove();
      if (request.status === 200) {
        const anchor = form.closest('[id]')?.id;
        document.dispatchEvent(new CustomEvent('renew', { detail: anchor }));
        return;
      }
      const page = new DOMParser().parseFromString(request.responseText || '', 'text/html');
      say(form, page.querySelector('.notice-page p:not(.notice-code)')?.textContent || '没有上传：网络中断，请检查网络后重新选择文件');
      form.reset();
    });
    request.send(new FormData(form));
  }

  // Preview of the photo as it will be printed, with its size, before the upload.
  async function preview(file) {
    const image = await createImageBitmap(file).catch(() => null);
    if (!image) return true; // the server returns the error
    const { width, height } = image;
    const box = Object.assign(document.createElement('dialog'), { className: 'ask' });
    box.innerHTML = '<div class="dialog-body photo-preview"><h2>证件照预览</h2><img alt="证件照预览"><p></p></div><footer class="dialog-end"><button class="btn btn-main" value="yes">上传这张照片</button><button class="btn" value="">重新选择</button></footer>';
    box.querySelector('img').src = URL.createObjectURL(file);
    const ratio = width / height;
    const small = width < LEAST[0] || height < LEAST[1];
    const odd = ratio < RATIO[0] || ratio > RATIO[1];
    const wrong = small ? `小于 ${LEAST.join('×')} 像素，会被退回` : odd ? '不是证件照的比例（宽与高约 5:7），会被退回' : '符合要求';
    box.querySelector('p').textContent = `${width}×${height} 像素：${wrong}`;
    box.querySelector('.btn-main').disabled = small || odd;
    document.body.append(box);
    const answer = new Promise(resolve => {
      for (const button of box.querySelectorAll('button')) button.addEventListener('click', () => box.close(button.value));
      box.addEventListener('close', () => {
        URL.revokeObjectURL(box.querySelector('img').src);
        box.remove();
        resolve(box.returnValue === 'yes');
      });
    });
    box.showModal();
    return answer;
  }

  async function handIn(input) {
    const form = input.closest?.('form.upload');
    if (!form || input.type !== 'file' || !input.files.length) return;
    if ('photo' in input.dataset && !(await preview(input.files[0]))) {
      form.reset();
      return;
    }
    const waits = [];
    document.dispatchEvent(new CustomEvent('before-leaving', { detail: waits }));
    await Promise.all(waits);
    form.querySelector('.upload-said')?.remove();
    send(form);
  }

  document.addEventListener('change', event => handIn(event.target));
  // Files chosen before this script ran. Ignore those that the browser restores after "back".
  if (performance.getEntriesByType('navigation')[0]?.type !== 'back_forward') {
    for (const input of document.querySelectorAll('form.upload input[type=file]')) handIn(input);
  }

  // --- order ---

  async function post(url, values) {
    const body = new URLSearchParams(values);
    body.set('csrf_token', document.querySelector('input[name=csrf_token]')?.value || '');
    const answer = await fetch(url, { method: 'POST', body, headers: { Accept: 'application/json' } }).catch(() => null);
    return Boolean(answer?.ok);
  }

  let dragged = null;
  const rowOf = target => target.closest?.('[data-order] > [data-file]');

  function prepare(root) {
    for (const row of root.querySelectorAll('[data-order] > [data-file]')) row.draggable = true;
  }
  prepare(document);
  document.addEventListener('filled', event => prepare(event.detail));
  document.addEventListener('dragstart', event => { dragged = rowOf(event.target); });
  document.addEventListener('dragend', () => { dragged = null; });
  document.addEventListener('dragover', event => {
    const row = rowOf(event.target);
    if (!dragged || !row || row === dragged || row.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    const rows = [...row.parentElement.children];
    row[rows.indexOf(dragged) < rows.indexOf(row) ? 'after' : 'before'](dragged);
  });
  document.addEventListener('drop', async event => {
    if (!dragged || !rowOf(event.target)) return;
    event.preventDefault();
    const { parentElement: list, dataset } = dragged;
    await post(list.dataset.order, { file: dataset.file, to: [...list.children].indexOf(dragged) });
    document.dispatchEvent(new CustomEvent('renew', { detail: list.closest('[id]')?.id }));
  });
})();
