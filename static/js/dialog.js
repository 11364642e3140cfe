// Flask-Admin's pop-up forms as <dialog>: fetch a link with data-modal (modal=True), show it and post its form.
// Without this file the link opens the full page. Also confirms actions that cannot be undone (data-ask).
(() => {
  const words = { close: '关闭', failed: '没有完成：网络中断。您填写的内容还在，请检查网络后再保存。' };
  let opener = null;

  function dialog(className = '') {
    const made = document.createElement('dialog');
    made.className = className;
    made.addEventListener('close', () => {
      made.remove();
      opener?.focus();
    });
    made.addEventListener('click', event => {
      if (event.target.closest('[data-close]')) made.close();
    });
    document.body.append(made);
    return made;
  }

  function modalUrl(url) {
    const target = new URL(url, location.href);
    target.searchParams.set('modal', 'True');
    return target;
  }

  function fill(box, html) {
    box.innerHTML = html;
    box.querySelector('h2')?.setAttribute('id', 'dialog-title');
    box.setAttribute('aria-labelledby', 'dialog-title');
    document.dispatchEvent(new CustomEvent('filled', { detail: box }));
    const first = box.querySelector('[aria-invalid=true]') || box.querySelector('.control:not([readonly])') || box.querySelector('[data-close]');
    first?.focus();
  }

  function say(box, text) {
    const line = document.createElement('p');
    line.className = 'flash flash-bad';
    line.setAttribute('role', 'alert');
    line.textContent = text;
    box.querySelector('.dialog-body')?.prepend(line);
  }

  // After saving, replace only the marked parts, so that unsaved input elsewhere on the page stays.
  async function renew(anchor) {
    const parts = [...document.querySelectorAll('[data-refresh][id]')].filter(part => part.id !== 'messages');
    if (!parts.length) {
      if (anchor) history.replaceState(null, '', `#${anchor}`);
      dispatchEvent(new Event('leaving'));
      location.reload();
      return;
    }
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
    if (!answer.ok || answer.redirected) {
      location.reload();
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const part of document.querySelectorAll('[data-refresh][id]')) {
      const fresh = page.getElementById(part.id);
      if (fresh) part.replaceWith(document.adoptNode(fresh));
    }
    for (const seen of document.querySelectorAll('main input[name=version]')) {
      const fresh = page.querySelector('main input[name=version]');
      if (fresh) seen.value = fresh.value;
    }
    document.dispatchEvent(new CustomEvent('filled', { detail: document.body }));
  }

  document.addEventListener('renew', async event => {
    await renew(event.detail);
    document.getElementById(event.detail)?.focus();
  });

  async function post(box, form, submitter) {
    const data = new FormData(form);
    if (submitter?.name) data.append(submitter.name, submitter.value);
    for (const button of form.querySelectorAll('button')) button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: 'POST', body: data, redirect: 'manual' });
      if (answer.type === 'opaqueredirect') {
        const anchor = opener?.closest('[data-refresh][id], section[id]')?.id;
        opener = null;
        box.close();
        await renew(anchor);
        if (anchor) document.getElementById(anchor)?.querySelector('a[data-modal], button')?.focus();
        return;
      }
      const html = await answer.text();
      if (html.includes('dialog-head')) {
        fill(box, html);
        return;
      }
      // an error page: show its sentence
      const page = new DOMParser().parseFromString(html, 'text/html');
      const token = answer.status === 400 && page.querySelector('.notice-page input[name=csrf_token]')?.value;
      if (token) document.dispatchEvent(new CustomEvent('signed-in-anew', { detail: token }));
      say(box, page.querySelector('.notice-page p:not(.notice-code)')?.textContent || words.failed);
    } catch {
      say(box, words.failed);
    }
    for (const button of form.querySelectorAll('button')) button.disabled = false;
  }

  document.addEventListener('click', async event => {
    const link = event.target.closest('a[data-modal]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.HTMLDialogElement) return;
    event.preventDefault();
    try {
      const answer = await fetch(modalUrl(link.href));
      const html = await answer.text();
      if (!answer.ok || !html.includes('dialog-head')) throw new Error('not a dialog');
      opener = link;
      const box = dialog();
      box.addEventListener('submit', submission => {
        submission.preventDefault();
        post(box, submission.target, submission.submitter);
      });
      box.showModal();
      fill(box, html);
    } catch {
      location.href = link.href;
    }
  });

  const TITLES = ['.row-title .cell-main', '.row-title', '.cell-main', 'td:not(.pick)'];

  // Confirm once, with the name of the row; an empty data-ask takes the name from the row itself.
  document.addEventListener('click', event => {
    const button = event.target.closest('button[data-ask]');
    if (!button || !window.HTMLDialogElement) return;
    event.preventDefault();
    const row = button.closest('tr');
    const title = row && TITLES.map(each => row.querySelector(each)).find(Boolean); // the best name, not the first cell
    const named = title?.textContent.trim();
    const label = button.firstChild.textContent.trim(); // without the hint of its key
    opener = button;
    const box = dialog('ask');
    box.innerHTML = '<div class="dialog-body"><h2></h2></div><footer class="dialog-end"><button class="btn btn-danger" type="button"></button><button class="btn" type="button" data-close>取消</button></footer>';
    box.querySelector('h2').textContent = button.dataset.ask || `${label}${named ? `「${named}」` : ''}？`;
    const yes = box.querySelector('.btn-danger');
    yes.textContent = label;
    yes.addEventListener('click', () => {
      box.close();
      dispatchEvent(new Event('leaving'));
      button.form.requestSubmit(Object.assign(button, { disabled: false }));
    });
    box.showModal();
    box.querySelector('[data-close]').focus();
  });
})();
