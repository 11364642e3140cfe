// The review page: automatic saving of the opinion, remarks at a field, files beside the form, shortcut keys.
(() => {
  'use strict';
  const form = document.querySelector('[data-opinion]');
  if (!form) return;
  const say = text => { document.getElementById('saved').textContent = text; };

  // --- automatic saving when the reviewer pauses ---
  let timer = 0;
  let pending = false;
  let running = Promise.resolve();
  let leaving = false;
  let failed = false;

  const send = () => fetch(form.dataset.opinion, {
    method: 'POST', body: new FormData(form), headers: { Accept: 'application/json' }, keepalive: true,
  }).catch(() => null);

  // After a new sign-in in another window, go on with the CSRF token of that session.
  async function goneOn(answer) {
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const token = page.querySelector('.notice-page input[name=csrf_token]')?.value;
    if (token) document.dispatchEvent(new CustomEvent('signed-in-anew', { detail: token }));
    return Boolean(token);
  }

  async function save() {
    if (leaving || !pending) return;
    pending = false;
    let answer = await send();
    if (answer?.status === 400 && await goneOn(answer.clone())) answer = await send();
    failed = !answer?.ok;
    const unsent = !answer ? '网络中断，内容仍在本页'
      : [401, 403].includes(answer.status) ? '登录已过期，请在新窗口登录后继续，本页内容未丢失' : '';
    if (unsent) {
      pending = true;
      say(`未能保存：${unsent}`);
      return;
    }
    const said = await answer.json().catch(() => ({}));
    say(answer.ok ? `${said.saved} 已存` : said.problem || '未能保存');
    if (answer.ok && !pending) form.dispatchEvent(new CustomEvent('saved', { bubbles: true }));
  }
  function flush() {
    clearTimeout(timer);
    running = running.then(save);
    return running;
  }
  function soon() {
    pending = true;
    clearTimeout(timer);
    if (!failed) say('正在填写'); // keep an error: a shorter line would move the buttons during a click
    timer = setTimeout(flush, 1200);
  }
  form.addEventListener('input', soon);
  form.addEventListener('change', soon);
  form.addEventListener('submit', () => { leaving = true; clearTimeout(timer); });
  document.addEventListener('submit', event => { if (event.target !== form) flush(); });
  document.addEventListener('before-leaving', event => { event.detail.push(flush()); });
  document.addEventListener('click', event => {
    const link = event.target.closest('a[href]');
    if (!pending || !link || link.target || link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    flush().then(() => {
      if (pending) return;
      dispatchEvent(new Event('leaving'));
      location.href = link.href;
    });
  });

  // A paper prints the input of the form, so save it first, with the wording of the period chosen last.
  // Open the window at the click: later the browser would block it as a pop-up.
  document.addEventListener('click', event => {
    const link = event.target.closest('a[data-once-saved]');
    const paper = link && open('', '_blank');
    if (!paper) return;
    event.preventDefault();
    paper.opener = null;
    const waits = [];
    document.dispatchEvent(new CustomEvent('before-leaving', { detail: waits }));
    Promise.all(waits).then(flush).then(() => {
      if (pending) paper.close();
      else paper.location = link.href;
    });
  });

  // --- remarks at a field ---
  const rows = form.querySelector('[data-rows] select[name="remarks.at"]')?.closest('tbody');
  function remark(place) {
    const taken = [...rows.querySelectorAll('select')];
    let select = taken.find(each => each.value === place) || taken.find(each => !each.value);
    if (!select) {
      rows.closest('[data-rows]').querySelector('[data-row-add]').click();
      select = rows.lastElementChild.querySelector('select');
    }
    select.value = place;
    const said = select.closest('tr').querySelector('input');
    said.scrollIntoView({ block: 'center' });
    said.focus({ preventScroll: true });
    soon();
  }
  if (rows) {
    for (const button of document.querySelectorAll('[data-remark]')) {
      button.hidden = false;
      button.addEventListener('click', () => remark(button.dataset.remark));
    }
  }

  // --- files beside the form ---
  const pane = document.getElementById('file-pane');
  document.addEventListener('click', event => {
    const link = event.target.closest('a[data-look]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const picture = link.dataset.look.startsWith('image/');
    const head = document.createElement('p');
    head.className = 'review-file-head';
    const close = Object.assign(document.createElement('button'), { className: 'btn', type: 'button', textContent: '关闭' });
    close.addEventListener('click', () => { pane.hidden = true; link.focus(); });
    const apart = Object.assign(document.createElement('a'), { className: 'btn', href: link.href, target: '_blank', rel: 'noopener', textContent: '在新页签打开' });
    head.append(Object.assign(document.createElement('b'), { textContent: link.textContent.trim() }), apart, close);
    const shown = document.createElement(picture ? 'img' : 'iframe');
    shown.className = 'viewer';
    shown.src = link.href;
    shown[picture ? 'alt' : 'title'] = link.textContent.trim();
    pane.replaceChildren(head, shown);
    pane.hidden = false;
    pane.scrollIntoView({ block: 'start' });
    close.focus({ preventScroll: true });
  });

  // Where the columns scroll instead of the page, the scroll keys move the declaration.
  const dossier = document.getElementById('dossier');
  if (document.activeElement === document.body && dossier.scrollHeight > dossier.clientHeight) {
    dossier.focus({ preventScroll: true });
  }

  // --- keys ---
  const keyed = () => [...document.querySelectorAll('[data-key]')].filter(each => each.dataset.key && !each.disabled);
  const names = each => each.textContent.replace(/[←→]|\s+\S$/gu, '').trim();
  document.addEventListener('click', event => {
    const help = event.target.closest('[data-keys]');
    if (!help) return;
    const box = Object.assign(document.createElement('dialog'), { className: 'ask' });
    box.innerHTML = '<div class="dialog-body"><h2>快捷键</h2><dl class="pairs pairs-one"></dl></div><footer class="dialog-end"><button class="btn" type="button">关闭</button></footer>';
    for (const each of keyed()) {
      const line = document.createElement('div');
      line.append(document.createElement('dt'), document.createElement('dd'));
      line.firstChild.append(Object.assign(document.createElement('kbd'), { textContent: each.dataset.key.toUpperCase() }));
      line.lastChild.textContent = names(each);
      box.querySelector('dl').append(line);
    }
    box.querySelector('button').addEventListener('click', () => box.close());
    box.addEventListener('close', () => { box.remove(); help.focus(); });
    document.body.append(box);
    box.showModal();
  });
  document.addEventListener('keydown', event => {
    if (event.key === 'Escape' && !pane.hidden && !event.target.closest('dialog')) pane.querySelector('button').click();
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select, dialog')) return;
    // Ignore repeated keydown events: a key held down would decide the next declaration, which nobody has read.
    if (event.repeat) return;
    const wanted = keyed().find(each => each.dataset.key === event.key.toLowerCase());
    if (!wanted) return;
    event.preventDefault();
    wanted.click();
    if (wanted.matches('summary')) wanted.parentElement.querySelector('input[name=note]').focus();
  });
})();
