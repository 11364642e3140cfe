// 【获取】 beside a number: asks the registry, fills in the fields around it and says what it did. What stood there
// before is named and can be brought back; every field stays open to change.
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

  // Fills the controls of the same form part; answers with those that held something else before.
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

  async function ask(number) {
    const body = new FormData();
    body.set('csrf_token', number.form.elements.csrf_token.value);
    body.set('number', number.value);
    const answer = await fetch(number.dataset.fetchUrl, { method: 'POST', body, headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  }

  document.addEventListener('click', async event => {
    const button = event.target.closest('[data-fetch-button]');
    if (!button) return;
    const field = button.closest('.field');
    const number = field.querySelector('[data-fetch-url]');
    const line = field.querySelector('.fetch-said');
    button.disabled = true;
    say(line, '正在获取…');
    try {
      const { values = {}, message } = await ask(number);
      const before = fill(number, values);
      say(line, message);
      offerBack(line, before);
    } catch {
      say(line, '没有获取到：网络中断或页面已打开过久，请手工填写');
    }
    button.disabled = false;
    button.focus();
  });
})();
