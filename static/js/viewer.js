// Viewer: a link with data-look shows its PDF or picture over the page, with links to the previous and the next file.
// Without this file the link opens the file in a new tab.
(() => {
  'use strict';
  function look(link) {
    const links = [...document.querySelectorAll('a[data-look]')];
    const box = Object.assign(document.createElement('dialog'), { className: 'viewer' });
    box.innerHTML = '<header class="dialog-head"><h2></h2><span class="viewer-acts"><button class="btn" type="button" data-step="-1" aria-label="上一个文件">‹</button><button class="btn" type="button" data-step="1" aria-label="下一个文件">›</button><a class="btn" target="_blank" rel="noopener">在新页签打开</a></span><button type="button" class="dialog-close" aria-label="关闭">×</button></header><div class="viewer-body"></div>';

    function show(at) {
      const each = links[at];
      box.querySelector('h2').textContent = `${each.textContent.trim()}（${at + 1} / ${links.length}）`;
      box.querySelector('a.btn').href = each.href;
      const picture = each.dataset.look.startsWith('image/');
      const shown = document.createElement(picture ? 'img' : 'iframe');
      shown.src = each.href;
      shown[picture ? 'alt' : 'title'] = each.textContent.trim();
      box.querySelector('.viewer-body').replaceChildren(shown);
      box.querySelector('[data-step="-1"]').disabled = at === 0;
      box.querySelector('[data-step="1"]').disabled = at === links.length - 1;
      box.dataset.at = at;
    }
    const step = by => {
      const next = Number(box.dataset.at) + by;
      if (links[next]) show(next);
    };
    box.addEventListener('click', event => {
      const button = event.target.closest('button');
      if (button?.dataset.step) step(Number(button.dataset.step));
      else if (button) box.close();
    });
    box.addEventListener('keydown', event => {
      if (event.key === 'ArrowLeft') step(-1);
      if (event.key === 'ArrowRight') step(1);
    });
    box.addEventListener('close', () => {
      box.remove();
      links[Number(box.dataset.at)]?.focus();
    });
    document.body.append(box);
    show(links.indexOf(link));
    box.showModal();
  }

  document.addEventListener('click', event => {
    const link = event.target.closest('a[data-look]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.HTMLDialogElement) return;
    event.preventDefault();
    look(link);
  });
})();
