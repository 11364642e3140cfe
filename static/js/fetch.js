// 【获取】 beside a number: ask the registry, fill in the fields of the form and show a summary. Replaced values are
// listed and can be restored; every field stays editable.
(() => {
  const say = (line, text) => {
    line.hidden = false;
    line.textContent = text;
  };
  const label = control => control.closest('.field').querySelector('label').firstChild.textContent;
  const shown = control => control.matches('select') ? control.selectedOptions[0]?.text : control.value;

  function set(control, value) {
    control.value = value;
    control.dispatchEvent(new Event('input', { bubbles: true }));
    control.dispatchEvent(new Event('change', { bubbles: true }));
  }

  // Fill the controls of the same form part; return those that had another value before.
  function fill(number, values) {
    const before = [];
    const prefix = number.id.slice(0, number.id.lastIndexOf('-') + 1);
    for (const [name, value] of Object.entries(values)) {
      const control = number.form.querySelector(`[id="${prefix}${name}"]`);
      if (!control || control.value === value) continue;
      if (control.value) before.push({ control, value: control.value, shown: shown(control) });
      set(control, value);
    }
    return before;
  }

  function offerBack(line, before) {
    if (!before.length) return;
    line.append(`。已替换：${before.map(({ control, shown }) => `${label(control)}（原为“${shown}”）`).join('、')} `);
    const back = Object.assign(document.createElement('button'), { type: 'button', className: 'act', textContent: '恢复原来填写的内容' });
    back.addEventListener('click', () => {
      for (const { control, value } of before) set(control, value);
      say(line, '已恢复原来填写的内容');
      before[0].control.focus();
    });
    line.append(back);
  }

  const wrong = { 409: '此申报已在别处修改，请重新打开本页后再获取', 422: '本页有内容格式不正确，请改正后再获取' };

  async function post(url, body) {
    const answer = await fetch(url, { method: 'POST', body, headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Error(wrong[answer.status] || '没有获取到：页面已打开过久，请刷新后重试，也可手工填写');
    return answer.json();
  }

  // Editable values: fill in the form; the user saves it.
  async function fillIn(field, line) {
    const number = field.querySelector('[data-fetch-url]');
    const body = new FormData();
    body.set('csrf_token', number.form.elements.csrf_token.value);
    body.set('number', number.value);
    const { values = {}, message } = await post(number.dataset.fetchUrl, body);
    const before = fill(number, values);
    say(line, message);
    offerBack(line, before);
  }

  // Values that only the system may set: save them at once, together with the input so far.
  async function renew(button, line) {
    const { form } = button;
    const waits = [];
    document.dispatchEvent(new CustomEvent('before-leaving', { detail: waits }));
    await Promise.all(waits);
    const body = new FormData(form);
    body.set(button.name, button.value);
    const { values, message, version } = await post(form.action, body);
    form.elements.version.value = version;
    const fixed = button.closest('.field').querySelector('input');
    const changed = [];
    for (const [name, value] of Object.entries(values)) {
      const control = document.getElementById(fixed.id.slice(0, fixed.id.lastIndexOf('-') + 1) + name);
      if (control.value === value) continue;
      changed.push(`${label(control)}（原为“${control.value}”）`);
      control.value = value;
    }
    say(line, changed.length ? `${message}。已更新：${changed.join('、')}` : message);
  }

  document.addEventListener('click', async event => {
    const button = event.target.closest('[data-fetch-button]');
    if (!button) return;
    event.preventDefault();
    const field = button.closest('.field');
    const line = field.querySelector('.fetch-said');
    button.disabled = true;
    say(line, '正在获取…');
    try {
      await (button.name ? renew(button, line) : fillIn(field, line));
    } catch (error) {
      say(line, error instanceof TypeError ? '没有获取到：网络中断，请稍后再试，也可手工填写' : error.message);
    }
    button.disabled = false;
    button.focus();
  });
})();
