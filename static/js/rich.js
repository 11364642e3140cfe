// Rich text: a toolbar and an editable preview over a textarea. The form sends the textarea; the server keeps only
// harmless tags. Without this file the user types HTML or plain lines into the textarea.
(() => {
  'use strict';
  const COMMANDS = [['bold', '加粗'], ['insertUnorderedList', '项目符号'], ['insertOrderedList', '编号'], ['h3', '小标题'], ['p', '正文'], ['link', '链接']];

  function run(name) {
    if (name === 'link') {
      const address = prompt('链接地址（http:// 或 https:// 开头）', 'https://');
      if (address && /^(https?:|mailto:)/.test(address)) document.execCommand('createLink', false, address);
    } else if (name === 'h3' || name === 'p') document.execCommand('formatBlock', false, name);
    else document.execCommand(name);
  }

  for (const area of document.querySelectorAll('textarea[data-rich]')) {
    const text = document.createElement('div');
    text.className = 'control rich prose';
    text.contentEditable = 'true';
    text.innerHTML = area.dataset.shown ?? area.value;
    text.setAttribute('role', 'textbox');
    text.setAttribute('aria-multiline', 'true');
    text.setAttribute('aria-labelledby', `${area.id}-label`);
    const label = document.querySelector(`label[for="${area.id}"]`);
    label.id = `${area.id}-label`;
    label.addEventListener('click', () => text.focus());
    const bar = Object.assign(document.createElement('div'), { className: 'rich-bar' });
    bar.setAttribute('role', 'toolbar');
    for (const [name, word] of COMMANDS) {
      const button = Object.assign(document.createElement('button'), { type: 'button', className: 'btn', textContent: word });
      button.addEventListener('mousedown', event => event.preventDefault());
      button.addEventListener('click', () => {
        text.focus();
        run(name);
        text.dispatchEvent(new Event('input', { bubbles: true }));
      });
      bar.append(button);
    }
    text.addEventListener('input', () => { area.value = text.innerHTML; });
    area.hidden = true;
    area.before(bar, text);
  }
})();
